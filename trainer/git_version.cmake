# cmake -DSOURCE=<folder> -DHEADER=<file> -P git_version.cmake: writes the header if its content changes. Run by each
# build, so that the version is that of the sources that were built.
cmake_minimum_required(VERSION 3.25)
set(version "unknown")
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} describe --always --dirty WORKING_DIRECTORY ${SOURCE}
    RESULT_VARIABLE status OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(status EQUAL 0 AND described)
    set(version ${described})
  endif()
endif()
file(CONFIGURE OUTPUT ${HEADER} CONTENT "#define VOICEPRINT_GIT_VERSION \"@version@\"\n" @ONLY)
