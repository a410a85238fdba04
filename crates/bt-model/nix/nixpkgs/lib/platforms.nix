# Lists of systems, as meta.platforms wants them.
{ lib, ... }:
let
  byKernel = kernel: map (cpu: "${cpu}-${kernel}");
  byCpu = cpu: builtins.filter (system: builtins.elem (lib.head (lib.splitString "-" system)) cpu);
in
rec {
  linux = byKernel "linux" [
    "aarch64" "arc" "armv5tel" "armv6l" "armv7a" "armv7l" "i686" "loongarch64" "m68k" "microblaze" "microblazeel"
    "mips" "mips64" "mips64el" "mipsel" "powerpc" "powerpc64" "powerpc64le" "riscv32" "riscv64" "s390" "s390x" "sh4" "x86_64"
  ];
  darwin = [ "x86_64-darwin" "aarch64-darwin" ];
  freebsd = byKernel "freebsd" [ "aarch64" "i686" "x86_64" ];
  openbsd = byKernel "openbsd" [ "i686" "x86_64" ];
  netbsd = byKernel "netbsd" [ "aarch64" "armv6l" "armv7a" "armv7l" "i686" "m68k" "mipsel" "powerpc" "riscv32" "riscv64" "x86_64" ];
  windows = byKernel "windows" [ "aarch64" "i686" "x86_64" ];
  cygwin = [ "x86_64-cygwin" ];
  wasi = [ "wasm64-wasi" "wasm32-wasi" ];
  redox = [ "x86_64-redox" ];
  illumos = [ "x86_64-solaris" ];
  genode = byKernel "genode" [ "aarch64" "i686" "x86_64" ];
  embedded = byKernel "none" [ "aarch64" "arm" "armv6l" "avr" "i686" "msp430" "or1k" "powerpc" "riscv32" "riscv64" "rx" "s390" "x86_64" ];
  none = [ ];
  unix = linux ++ darwin ++ freebsd ++ openbsd ++ netbsd ++ illumos ++ cygwin ++ redox;
  bsd = freebsd ++ openbsd ++ netbsd;
  all = unix ++ wasi ++ genode ++ embedded ++ windows;
  gnu = linux;
  littleEndian = all;
  mesaPlatforms = linux ++ darwin;

  x86_64 = byCpu [ "x86_64" ] all;
  x86 = byCpu [ "i686" "x86_64" ] all;
  i686 = byCpu [ "i686" ] all;
  aarch64 = byCpu [ "aarch64" ] all;
  aarch = arm ++ aarch64;
  arm = byCpu [ "arm" "armv5tel" "armv6l" "armv7a" "armv7l" ] all;
  armv7 = byCpu [ "armv7a" "armv7l" ] all;
  mips = byCpu [ "mips" "mips64" "mips64el" "mipsel" ] all;
  power = byCpu [ "powerpc" "powerpc64" "powerpc64le" ] all;
  riscv = byCpu [ "riscv32" "riscv64" ] all;
  riscv64 = byCpu [ "riscv64" ] all;
  s390x = byCpu [ "s390x" ] all;
  loongarch64 = byCpu [ "loongarch64" ] all;
  patterns = {
    isLinux = { parsed.kernel.name = "linux"; };
    isDarwin = { parsed.kernel.name = "darwin"; };
    isx86_64 = { parsed.cpu = { family = "x86"; bits = 64; }; };
    isAarch64 = { parsed.cpu = { family = "arm"; bits = 64; }; };
  };
}
