# find_package(voiceprint) gives voiceprint::core.
include(${CMAKE_CURRENT_LIST_DIR}/voiceprint-targets.cmake)
