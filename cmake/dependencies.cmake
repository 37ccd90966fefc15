# Libraries of the tools and tests: the installed ones, else pinned sources.
include(FetchContent)
set(FETCHCONTENT_TRY_FIND_PACKAGE_MODE OPT_IN)
set(INSTALL_GTEST OFF)
set(BENCHMARK_ENABLE_TESTING OFF)
set(debian_pool http://deb.debian.org/debian/pool/main)

FetchContent_Declare(CLI11 URL ${debian_pool}/c/cli11/cli11_2.1.2+ds.orig.tar.xz
  URL_HASH SHA256=8143d20b688e98ccce8e24562d3b68e5f47c12e896c42c7ca8553dbde5bed55d DOWNLOAD_EXTRACT_TIMESTAMP OFF FIND_PACKAGE_ARGS)
FetchContent_Declare(GTest URL ${debian_pool}/g/googletest/googletest_1.12.1.orig.tar.gz
  URL_HASH SHA256=81964fe578e9bd7c94dfdb09c8e4d6e6759e19967e397dbea48d1c10e45d0df2 DOWNLOAD_EXTRACT_TIMESTAMP OFF FIND_PACKAGE_ARGS)
FetchContent_Declare(benchmark URL ${debian_pool}/b/benchmark/benchmark_1.7.1.orig.tar.gz
  URL_HASH SHA256=6430e4092653380d9dc4ccb45a1e2dc9259d581f4866dc0759713126056bc1d7 DOWNLOAD_EXTRACT_TIMESTAMP OFF FIND_PACKAGE_ARGS)
