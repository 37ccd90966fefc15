# Installs the core, its headers and what find_package(voiceprint) needs. The core links nothing, so neither does a consumer.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
install(TARGETS voiceprint_core EXPORT voiceprint-targets)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/native/include/voiceprint DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  PATTERN audio_file.h EXCLUDE)  # belongs to voiceprint_audio_file, which is not installed
install(EXPORT voiceprint-targets NAMESPACE voiceprint:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/voiceprint)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/voiceprint-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/voiceprint-config.cmake ${PROJECT_BINARY_DIR}/voiceprint-config-version.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/voiceprint)
