# Sets VOICEPRINT_KISSFFT_INCLUDE_DIR to a folder that holds kissfft.hh and nothing else.
#
# The header is copied into the build folder: a compiler for another machine (emcc) must not be given /usr/include.
find_file(VOICEPRINT_KISSFFT_HEADER kissfft/kissfft.hh PATHS /usr/include /usr/local/include NO_CMAKE_FIND_ROOT_PATH)
if(NOT VOICEPRINT_KISSFFT_HEADER)
  message(FATAL_ERROR "kissfft.hh not found: install KissFFT (Debian: libkissfft-dev)")
endif()
set(VOICEPRINT_KISSFFT_INCLUDE_DIR ${PROJECT_BINARY_DIR}/kissfft)
configure_file(${VOICEPRINT_KISSFFT_HEADER} ${VOICEPRINT_KISSFFT_INCLUDE_DIR}/kissfft.hh COPYONLY)
