# Platforms. A table of processors and kernels replaces the full grammar of nixpkgs: what user code asks of a platform
# (isLinux, system, config, linuxArch, go.GOARCH ...) is derived from it.
{ lib, ... }:
let
  inherit (builtins) elem elemAt isAttrs isString length listToAttrs mapAttrs match;

  cpu = name: family: bits: significantByte: extra:
    { inherit name family bits; significantByte = { name = significantByte; }; _type = "cpu-type"; } // extra;
  little = "littleEndian";
  cpus = listToAttrs (map (c: { inherit (c) name; value = c; }) [
    (cpu "x86_64" "x86" 64 little { arch = "x86-64"; })
    (cpu "i486" "x86" 32 little { arch = "i486"; })
    (cpu "i586" "x86" 32 little { arch = "i586"; })
    (cpu "i686" "x86" 32 little { arch = "i686"; })
    (cpu "aarch64" "arm" 64 little { version = "8"; arch = "armv8-a"; })
    (cpu "aarch64_be" "arm" 64 "bigEndian" { version = "8"; arch = "armv8-a"; })
    (cpu "arm" "arm" 32 little { })
    (cpu "armv5tel" "arm" 32 little { version = "5"; arch = "armv5t"; })
    (cpu "armv6l" "arm" 32 little { version = "6"; arch = "armv6"; })
    (cpu "armv7a" "arm" 32 little { version = "7"; arch = "armv7-a"; })
    (cpu "armv7l" "arm" 32 little { version = "7"; arch = "armv7-a"; })
    (cpu "mips" "mips" 32 "bigEndian" { })
    (cpu "mipsel" "mips" 32 little { })
    (cpu "mips64" "mips" 64 "bigEndian" { })
    (cpu "mips64el" "mips" 64 little { })
    (cpu "powerpc64" "power" 64 "bigEndian" { })
    (cpu "powerpc64le" "power" 64 little { })
    (cpu "riscv32" "riscv" 32 little { })
    (cpu "riscv64" "riscv" 64 little { })
    (cpu "s390x" "s390" 64 "bigEndian" { })
    (cpu "loongarch64" "loongarch" 64 little { })
    (cpu "wasm32" "wasm" 32 little { })
    (cpu "avr" "avr" 8 little { })
  ]);
  kernelFamilies = {
    linux = [ ];
    darwin = [ "darwin" ];
    freebsd = [ "bsd" ];
    netbsd = [ "bsd" ];
    openbsd = [ "bsd" ];
    windows = [ ];
    cygwin = [ ];
    wasi = [ "wasm" ];
    redox = [ ];
    none = [ ];
  };

  # cpu-vendor-kernel-abi, cpu-kernel or cpu-kernel-abi, as far as they are told apart by what is known.
  parse = text:
    let
      parts = lib.splitString "-" text;
      n = length parts;
      part = elemAt parts;
      isKernel = k: kernelFamilies ? ${bare k} || elem k [ "macos" "mingw32" "ghcjs" ];
      bare = k: let m = match "([a-z]+)[0-9.]*" k; in if m == null then k else builtins.head m;
      at = if n > 1 && isKernel (part 1) then 1 else if n > 2 then 2 else 1;
      kernel = if n > at then bare (part at) else "none";
      kernelName = if kernel == "macos" then "darwin" else if kernel == "mingw" then "windows" else kernel;
      cpuName = if part 0 == "arm64" then "aarch64" else part 0;
      vendor = if at == 2 then part 1
        else if kernelName == "darwin" then "apple"
        else if kernelName == "windows" then "w64"
        else "unknown";
      abi = if n > at + 1 then part (at + 1)
        else if kernelName == "linux" then (if lib.hasPrefix "armv7" cpuName || lib.hasPrefix "armv6" cpuName then "gnueabihf" else "gnu")
        else if kernel == "mingw" then "gnu"
        else "unknown";
    in
    {
      _type = "system";
      cpu = cpus.${cpuName} or (cpu cpuName cpuName 64 little { });
      vendor = { _type = "vendor"; name = vendor; };
      kernel = {
        _type = "kernel";
        name = kernelName;
        families = lib.genAttrs (kernelFamilies.${kernelName} or [ ]) (name: { _type = "exec-family"; inherit name; });
      };
      abi = { _type = "abi"; name = abi; };
    };
  triple = p:
    "${if p.kernel.name == "darwin" && p.cpu.name == "aarch64" then "arm64" else p.cpu.name}-${p.vendor.name}-${if p.kernel.name == "windows" && p.abi.name == "gnu" then "mingw32" else p.kernel.name}"
    + (if p.abi.name == "unknown" || p.kernel.name == "windows" then "" else "-${p.abi.name}");
  double = p: "${p.cpu.name}-${if p.kernel.name == "none" then "none" else p.kernel.name}";

  predicates = p:
    let
      c = p.cpu.name;
      f = p.cpu.family;
      k = p.kernel.name;
      abi = p.abi.name;
      bits = p.cpu.bits;
      bsd = p.kernel.families ? bsd;
      darwin = k == "darwin";
      bigEndian = p.cpu.significantByte.name == "bigEndian";
    in
    rec {
      isi686 = f == "x86" && bits == 32 && c == "i686";
      isx86_32 = f == "x86" && bits == 32;
      isx86_64 = f == "x86" && bits == 64;
      isx86 = f == "x86";
      isPower = f == "power";
      isPower64 = f == "power" && bits == 64;
      isAarch32 = f == "arm" && bits == 32;
      isArmv7 = lib.hasPrefix "armv7" c;
      isAarch64 = f == "arm" && bits == 64;
      isAarch = f == "arm";
      isArm = f == "arm";
      isMicroBlaze = f == "microblaze";
      isMips = f == "mips";
      isMips32 = f == "mips" && bits == 32;
      isMips64 = f == "mips" && bits == 64;
      isMips64n32 = false;
      isMips64n64 = isMips64;
      isMmix = f == "mmix";
      isRiscV = f == "riscv";
      isRiscV32 = f == "riscv" && bits == 32;
      isRiscV64 = f == "riscv" && bits == 64;
      isSparc = f == "sparc";
      isSparc64 = f == "sparc" && bits == 64;
      isWasm = f == "wasm";
      isAvr = f == "avr";
      isMsp430 = f == "msp430";
      isVc4 = f == "vc4";
      isOr1k = f == "or1k";
      isM68k = f == "m68k";
      isS390 = f == "s390";
      isS390x = f == "s390" && bits == 64;
      isLoongArch64 = f == "loongarch";
      isJavaScript = c == "javascript";
      isAlpha = f == "alpha";
      is32bit = bits == 32;
      is64bit = bits == 64;
      isILP32 = false;
      isBigEndian = bigEndian;
      isLittleEndian = !bigEndian;
      isBSD = bsd || darwin;
      isDarwin = darwin;
      isMacOS = darwin;
      isiOS = k == "ios";
      isUnix = elem k [ "linux" "darwin" "freebsd" "netbsd" "openbsd" "solaris" "cygwin" "redox" ];
      isSunOS = k == "solaris";
      isLinux = k == "linux";
      isFreeBSD = k == "freebsd";
      isNetBSD = k == "netbsd";
      isOpenBSD = k == "openbsd";
      isWindows = k == "windows";
      isCygwin = k == "cygwin";
      isMinGW = k == "windows" && abi == "gnu";
      isMsvc = k == "windows" && abi == "msvc";
      isWasi = k == "wasi";
      isRedox = k == "redox";
      isGhcjs = k == "ghcjs";
      isGenode = k == "genode";
      isNone = k == "none";
      isAndroid = lib.hasPrefix "android" abi;
      isGnu = k == "linux" && lib.hasPrefix "gnu" abi;
      isMusl = lib.hasPrefix "musl" abi;
      isUClibc = lib.hasPrefix "uclibc" abi;
      isEfi = f == "x86" || f == "arm" || f == "riscv";
      isElf = !(darwin || k == "windows" || f == "wasm");
      isMacho = darwin;
    };

  elaborate = given:
    let
      all = if isAttrs given then given else { system = given; };
      args = removeAttrs all [ "parsed" "system" "_withoutFunctions" ];
      parsed = all.parsed or (parse (args.config or all.system));
      final = predicates parsed // {
        inherit parsed;
        system = double parsed;
        config = triple parsed;
        _withoutFunctions = removeAttrs final
          [ "_withoutFunctions" "canExecute" "emulator" "emulatorAvailable" "staticEmulatorAvailable" ];
        canExecute = other:
          final.parsed.kernel.name == other.parsed.kernel.name
          && (final.parsed.cpu.name == other.parsed.cpu.name || (final.isx86_64 && other.isx86));
        emulatorAvailable = _: true;
        staticEmulatorAvailable = _: true;
        emulator = pkgs:
          if pkgs.stdenv.hostPlatform.canExecute final then lib.getExe (pkgs.writeShellScriptBin "exec" "exec \"$@\"")
          else "${pkgs.qemu-user}/bin/qemu-${final.qemuArch}";
        useLLVM = elem parsed.kernel.name [ "freebsd" "openbsd" ];
        libc = if final.isDarwin then "libSystem" else if final.isMusl then "musl" else if final.isWindows then "msvcrt"
          else if final.isAndroid then "bionic" else if final.isLinux then "glibc" else if final.isFreeBSD then "fblibc" else "newlib";
        linker = if final.isDarwin then "cctools" else if final.useLLVM then "lld" else "bfd";
        libDir = if !final.isLinux then null else if final.isx86_64 || final.isMips64 || final.isPower64 then "lib64" else "lib";
        extensions = rec {
          staticLibrary = if final.isWindows || final.isMsvc then ".lib" else ".a";
          sharedLibrary = if final.isDarwin then ".dylib" else if final.isWindows then ".dll" else ".so";
          library = if final.isStatic then staticLibrary else sharedLibrary;
          executable = if final.isWindows then ".exe" else "";
        };
        hasSharedLibraries = !final.isStatic && !final.isNone;
        isStatic = final.isWasi;
        useAndroidPrebuilt = false;
        useiOSPrebuilt = false;
        uname = {
          system = { linux = "Linux"; darwin = "Darwin"; windows = "Windows"; freebsd = "FreeBSD"; netbsd = "NetBSD"; openbsd = "OpenBSD"; }.${parsed.kernel.name} or null;
          processor = if final.isDarwin && final.isAarch64 then "arm64" else parsed.cpu.name;
          release = null;
        };
        linuxArch = if final.isAarch32 then "arm" else if final.isAarch64 then "arm64" else if final.isx86_32 then "i386"
          else if final.isMips then "mips" else if final.isPower then "powerpc" else if final.isRiscV then "riscv"
          else if final.isS390 then "s390" else if final.isLoongArch64 then "loongarch" else parsed.cpu.name;
        qemuArch = if final.isAarch32 then "arm" else if final.isx86_32 then "i386" else final.uname.processor;
        efiArch = if final.isx86_32 then "ia32" else if final.isx86_64 then "x64" else if final.isAarch64 then "aa64" else linuxArch;
        darwinArch = if final.isAarch64 then "arm64" else parsed.cpu.name;
        darwinPlatform = if final.isDarwin then "macos" else null;
        darwinSdkVersion = "14.4";
        darwinMinVersion = "14.0";
        gcc = if parsed.cpu ? arch then { inherit (parsed.cpu) arch; } else { };
        sse4_1Support = false;
        sse4_2Support = false;
        avxSupport = false;
        avx2Support = false;
        avx512Support = false;
        fmaSupport = false;
        aesSupport = false;
        rustc = args.rustc or { };
        go = {
          GOARCH = { aarch64 = "arm64"; armv5tel = "arm"; armv6l = "arm"; armv7l = "arm"; i686 = "386"; loongarch64 = "loong64"; mips64el = "mips64le"; mipsel = "mipsle"; powerpc64 = "ppc64"; powerpc64le = "ppc64le"; x86_64 = "amd64"; wasm32 = "wasm"; }.${parsed.cpu.name} or parsed.cpu.name;
          GOOS = parsed.kernel.name;
          GOARM = if elem (parsed.cpu.version or "") [ "5" "6" "7" ] then parsed.cpu.version else "";
        };
        node = {
          arch = { x86_64 = "x64"; i686 = "ia32"; aarch64 = "arm64"; armv7l = "arm"; armv6l = "arm"; loongarch64 = "loong64"; }.${parsed.cpu.name} or parsed.cpu.name;
          platform = if final.isWindows then "win32" else parsed.kernel.name;
        };
      } // args // {
        rust =
          let
            arch = { armv7l = "armv7"; armv7a = "armv7"; armv6l = "arm"; armv5tel = "armv5te"; riscv64 = "riscv64gc"; riscv32 = "riscv32gc"; }.${parsed.cpu.name} or parsed.cpu.name;
            target = "${arch}-${if parsed.vendor.name == "w64" then "pc" else parsed.vendor.name}-${parsed.kernel.name}"
              + (if parsed.abi.name == "unknown" then "" else "-${parsed.abi.name}");
          in
          {
            rustcTarget = target;
            rustcTargetSpec = target;
            cargoShortTarget = target;
            cargoEnvVarTarget = builtins.replaceStrings [ "-" ] [ "_" ] (lib.toUpper target);
            isNoStdTarget = false;
            platform = { inherit arch; os = if final.isDarwin then "macos" else parsed.kernel.name; vendor = parsed.vendor.name; };
          } // (args.rust or { });
      };
      linuxArch = final.linuxArch;
    in
    final;
in
{
  inherit elaborate;
  equals = a: b: (a._withoutFunctions or a) == (b._withoutFunctions or b);
  systemToAttrs = x: if isAttrs x then x else { system = x; };
  flakeExposed = [
    "x86_64-linux" "aarch64-linux" "x86_64-darwin" "armv6l-linux" "armv7l-linux" "i686-linux" "aarch64-darwin"
    "powerpc64le-linux" "riscv64-linux" "x86_64-freebsd"
  ];
  parse = {
    mkSystemFromString = text: parse text;
    tripleFromSystem = triple;
    doubleFromSystem = double;
  };
  inspect = { predicates = mapAttrs (name: _: p: (predicates p).${name}) (predicates (parse "x86_64-linux")); patterns = lib.platforms.patterns; };
  supported = { hydra = lib.platforms.linux; tier1 = [ "x86_64-linux" ]; tier2 = [ "aarch64-linux" ]; };
  doubles = lib.platforms // { all = lib.platforms.all; };
  platforms = { select = _: { }; pc = { }; };
  architectures = { features = { }; };
  examples = mapAttrs (_: config: if isString config then { inherit config; } else config) {
    gnu64 = "x86_64-unknown-linux-gnu";
    gnu32 = "i686-unknown-linux-gnu";
    musl64 = "x86_64-unknown-linux-musl";
    musl32 = "i686-unknown-linux-musl";
    aarch64-multiplatform = "aarch64-unknown-linux-gnu";
    aarch64-multiplatform-musl = "aarch64-unknown-linux-musl";
    aarch64-android = "aarch64-unknown-linux-android";
    armv7l-hf-multiplatform = "armv7l-unknown-linux-gnueabihf";
    armv7a-android-prebuilt = "armv7a-unknown-linux-androideabi";
    raspberryPi = "armv6l-unknown-linux-gnueabihf";
    riscv64 = "riscv64-unknown-linux-gnu";
    riscv64-musl = "riscv64-unknown-linux-musl";
    riscv32 = "riscv32-unknown-linux-gnu";
    ppc64 = "powerpc64-unknown-linux-gnuabielfv2";
    powernv = "powerpc64le-unknown-linux-gnu";
    s390x = "s390x-unknown-linux-gnu";
    loongarch64-linux = "loongarch64-unknown-linux-gnu";
    mipsel-linux-gnu = "mipsel-unknown-linux-gnu";
    mingw32 = "i686-w64-mingw32";
    mingwW64 = "x86_64-w64-mingw32";
    ucrt64 = "x86_64-w64-mingw32";
    x86_64-darwin = "x86_64-apple-darwin";
    aarch64-darwin = "arm64-apple-darwin";
    x86_64-freebsd = "x86_64-unknown-freebsd";
    wasi32 = "wasm32-unknown-wasi";
    arm-embedded = "arm-none-eabi";
  };
}
