# The standard environment and shells.
{ lib, bt, drv, hostPlatform, buildPlatform, pkgs }:
let
  inherit (drv) builder make package;
  mkDerivation = builder { kind = "mkDerivation"; };
  common = cc: {
    inherit mkDerivation hostPlatform buildPlatform cc;
    targetPlatform = hostPlatform;
    inherit (hostPlatform)
      isDarwin isLinux isSunOS isCygwin isBSD isFreeBSD isOpenBSD isi686 isx86_32 isx86_64 is32bit is64bit isAarch32
      isAarch64 isMips isBigEndian isLittleEndian;
    shell = "${pkgs.bashNonInteractive}/bin/bash";
    shellPackage = pkgs.bashNonInteractive;
    initialPath = [ ];
    defaultNativeBuildInputs = [ ];
    extraNativeBuildInputs = [ ];
    disallowedRequisites = [ ];
    hasCC = cc != null;
    setup = "setup";
    libc = pkgs.glibc;
  };
  make' = name: cc:
    let
      self = make { kind = "package"; inherit name; env = { btAttr = name; }; attrs = common cc // {
        override = _: self;
        overrideDerivation = _: self;
        meta = { platforms = lib.platforms.all; };
        passthru = { };
      }; };
    in
    self;
  cc = package "stdenv.cc" {
    pname = if hostPlatform.isDarwin then "clang-wrapper" else "gcc-wrapper";
    mainProgram = if hostPlatform.isDarwin then "clang" else "gcc";
    attrs = {
      isGNU = !hostPlatform.isDarwin;
      isClang = hostPlatform.isDarwin;
      targetPrefix = "";
      libc = pkgs.glibc;
      bintools = package "stdenv.cc.bintools" { pname = "binutils-wrapper"; attrs = { dynamicLinker = "${pkgs.glibc}/lib/ld-linux-x86-64.so.2"; targetPrefix = ""; }; };
      cc = package "stdenv.cc.cc" { pname = "gcc"; };
    };
  };
  # Shells gather the inputs of the packages in inputsFrom; here they stay as they were given.
  shell = {
    __functor = _: args: builder { kind = "mkShell"; } ({ name = "nix-shell"; } // args);
    override = _: shell;
  };
  kernel = hostPlatform.parsed.kernel.name;
in
{
  stdenv = make' "stdenv-${kernel}" cc;
  stdenvNoCC = make' "stdenv-${kernel}-no-cc" null;
  overrideCC = stdenv: _: stdenv;
  mkShell = shell;
  mkShellNoCC = shell;
}
