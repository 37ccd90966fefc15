# Sets VOICEPRINT_KISSFFT_INCLUDE_DIR to a folder that holds kissfft.hh and nothing else.
#
# The header is copied into the build folder: a compiler for another machine (emcc) must not be given /usr/include.
find_file(VOICEPRINT_KISSFFT_HEADER kissfft/kissfft.hh PATHS /usr/include /usr/local/include NO_CMAKE_FIND_ROOT_PATH)
if(NOT VOICEPRINT_KISSFFT_HEADER)
  include(FetchContent)
  FetchContent_Declare(kissfft
    URL http://deb.debian.org/debian/pool/main/k/kissfft/kissfft_131.1.0.orig.tar.gz
    URL_HASH SHA256=76c1aac87ddb7258f34b08a13f0eebf9e53afa299857568346aa5c82bcafaf1a
    DOWNLOAD_EXTRACT_TIMESTAMP OFF)
  FetchContent_GetProperties(kissfft)
  if(NOT kissfft_POPULATED)
    FetchContent_Populate(kissfft)  # its header is all we want: KissFFT's own build is not run
  endif()
  set(VOICEPRINT_KISSFFT_HEADER ${kissfft_SOURCE_DIR}/kissfft.hh CACHE FILEPATH "KissFFT's C++ header" FORCE)
endif()
set(VOICEPRINT_KISSFFT_INCLUDE_DIR ${PROJECT_BINARY_DIR}/kissfft)
configure_file(${VOICEPRINT_KISSFFT_HEADER} ${VOICEPRINT_KISSFFT_INCLUDE_DIR}/kissfft.hh COPYONLY)
