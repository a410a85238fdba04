# lib.systems and lib.platforms: expectations are nixpkgs' own results.
{ lib }:
let
  e = lib.systems.elaborate;
  show = system: let p = e system; in [ p.system p.config p.linuxArch p.go.GOARCH p.go.GOOS p.parsed.cpu.bits p.parsed.abi.name p.libc p.rust.rustcTarget p.uname.processor p.isLinux p.isDarwin p.isAarch64 p.isMusl p.isStatic or false p.isUnix ];
in
{
  x86_64-linux = { expr = show "x86_64-linux"; expected = [ "x86_64-linux" "x86_64-unknown-linux-gnu" "x86_64" "amd64" "linux" 64 "gnu" "glibc" "x86_64-unknown-linux-gnu" "x86_64" true false false false false true ]; };
  aarch64-linux = { expr = show "aarch64-linux"; expected = [ "aarch64-linux" "aarch64-unknown-linux-gnu" "arm64" "arm64" "linux" 64 "gnu" "glibc" "aarch64-unknown-linux-gnu" "aarch64" true false true false false true ]; };
  aarch64-darwin = { expr = show "aarch64-darwin"; expected = [ "aarch64-darwin" "arm64-apple-darwin" "arm64" "arm64" "darwin" 64 "unknown" "libSystem" "aarch64-apple-darwin" "arm64" false true true false false true ]; };
  x86_64-darwin = { expr = show "x86_64-darwin"; expected = [ "x86_64-darwin" "x86_64-apple-darwin" "x86_64" "amd64" "darwin" 64 "unknown" "libSystem" "x86_64-apple-darwin" "x86_64" false true false false false true ]; };
  armv7l-linux = { expr = show "armv7l-linux"; expected = [ "armv7l-linux" "armv7l-unknown-linux-gnueabihf" "arm" "arm" "linux" 32 "gnueabihf" "glibc" "armv7-unknown-linux-gnueabihf" "armv7l" true false false false false true ]; };
  riscv64-linux = { expr = show "riscv64-linux"; expected = [ "riscv64-linux" "riscv64-unknown-linux-gnu" "riscv" "riscv64" "linux" 64 "gnu" "glibc" "riscv64gc-unknown-linux-gnu" "riscv64" true false false false false true ]; };
  musl = { expr = show { config = "x86_64-unknown-linux-musl"; isStatic = true; }; expected = [ "x86_64-linux" "x86_64-unknown-linux-musl" "x86_64" "amd64" "linux" 64 "musl" "musl" "x86_64-unknown-linux-musl" "x86_64" true false false true true true ]; };
  i686 = { expr = let p = e "i686-linux"; in [ p.config p.linuxArch p.go.GOARCH p.is32bit p.isx86 p.isx86_64 ]; expected = [ "i686-unknown-linux-gnu" "i386" "386" true true false ]; };
  mingw = { expr = let p = e lib.systems.examples.mingwW64; in [ p.system p.isWindows p.isMinGW p.extensions.executable p.libc ]; expected = [ "x86_64-windows" true true ".exe" "msvcrt" ]; };
  freebsd = { expr = let p = e "x86_64-freebsd"; in [ p.system p.isBSD p.isFreeBSD p.isLinux ]; expected = [ "x86_64-freebsd" true true false ]; };
  crossExamples = { expr = map (n: (e lib.systems.examples.${n}).config) [ "aarch64-multiplatform" "aarch64-multiplatform-musl" "musl64" "gnu64" "raspberryPi" "riscv64" "armv7l-hf-multiplatform" ]; expected = [ "aarch64-unknown-linux-gnu" "aarch64-unknown-linux-musl" "x86_64-unknown-linux-musl" "x86_64-unknown-linux-gnu" "armv6l-unknown-linux-gnueabihf" "riscv64-unknown-linux-gnu" "armv7l-unknown-linux-gnueabihf" ]; };
  canExecute = { expr = [ ((e "x86_64-linux").canExecute (e "i686-linux")) ((e "x86_64-linux").canExecute (e "aarch64-linux")) ((e "x86_64-linux").canExecute (e "x86_64-linux")) ]; expected = [ true false true ]; };
  equals = { expr = [ (lib.systems.equals (e "x86_64-linux") (e "x86_64-linux")) (lib.systems.equals (e "x86_64-linux") (e "aarch64-linux")) ]; expected = [ true false ]; };
  elaborateTwice = { expr = (e (e "aarch64-linux")).config; expected = "aarch64-unknown-linux-gnu"; };
  flakeExposed = { expr = lib.sort lib.lessThan lib.systems.flakeExposed; expected = [ "aarch64-darwin" "aarch64-linux" "armv6l-linux" "armv7l-linux" "i686-linux" "powerpc64le-linux" "riscv64-linux" "x86_64-darwin" "x86_64-freebsd" "x86_64-linux" ]; };
  platforms = { expr = map (p: lib.elem "x86_64-linux" p) [ lib.platforms.linux lib.platforms.unix lib.platforms.all lib.platforms.darwin lib.platforms.x86_64 lib.platforms.aarch64 ]; expected = [ true true true false true false ]; };
  platformLists = { expr = lib.sort lib.lessThan lib.platforms.darwin ++ [ (lib.elem "aarch64-linux" lib.platforms.aarch64) (lib.elem "aarch64-darwin" lib.platforms.unix) ]; expected = [ "aarch64-darwin" "x86_64-darwin" true true ]; };
  linuxPlatforms = { expr = builtins.length lib.platforms.linux; expected = 24; };
  availableOn = { expr = [ (lib.meta.availableOn (e "x86_64-linux") { meta.platforms = [ "x86_64-linux" ]; }) (lib.meta.availableOn (e "aarch64-linux") { meta.platforms = [ "x86_64-linux" ]; }) (lib.meta.availableOn (e "x86_64-linux") { meta.badPlatforms = [ "x86_64-linux" ]; }) (lib.meta.availableOn (e "x86_64-linux") { }) ]; expected = [ true false false true ]; };
}
