# flake-parts. The same tests hold for the real one; see run.nix.
{ flake-parts, lib }:
let
  parts = flake-parts.lib;
  systems = [ "x86_64-linux" "aarch64-linux" ];
  drv = name: { type = "derivation"; inherit name; outPath = "/${name}"; meta.mainProgram = name; };
  asFlake = outputs: outputs // { _type = "flake"; outPath = "/flake"; name = "flake"; };
  pkgsFor = system: { hello = drv "hello-${system}"; stdenv.hostPlatform = { inherit system; }; extend = overlay: let all = pkgsFor system // overlay all (pkgsFor system); in all; };
  nixpkgs = asFlake { legacyPackages = lib.genAttrs systems pkgsFor; inherit lib; };
  other = asFlake { packages.x86_64-linux.tool = drv "tool"; foo.x86_64-linux = 5; };
  source = { outPath = "/source"; };
  with' = extra: module:
    let
      inputs = { inherit nixpkgs other source; self = flake; } // extra;
      flake = parts.mkFlake { inherit inputs; } module // { inputs = removeAttrs inputs [ "self" ]; _type = "flake"; outPath = "/self"; name = "self"; };
    in
    flake;
  mk = with' { };
  one = module: mk { systems = [ "x86_64-linux" ]; imports = [ module ]; };
  names = builtins.mapAttrs (_: builtins.mapAttrs (_: p: p.name));
in
{
  empty = { expr = builtins.attrNames (removeAttrs (mk { systems = [ ]; }) [ "inputs" "name" "outPath" "_type" ]); expected = [ "apps" "checks" "devShells" "formatter" "legacyPackages" "nixosConfigurations" "nixosModules" "overlays" "packages" ]; };
  noSystems = { expr = (mk { }).packages; expected = { }; };
  perSystem = { expr = names (mk { inherit systems; perSystem = { pkgs, system, ... }: { packages = { default = pkgs.hello; mine = drv "mine-${system}"; }; }; }).packages; expected = { x86_64-linux = { default = "hello-x86_64-linux"; mine = "mine-x86_64-linux"; }; aarch64-linux = { default = "hello-aarch64-linux"; mine = "mine-aarch64-linux"; }; }; };
  perSystemPlain = { expr = names (one { perSystem.packages.a = drv "a"; }).packages; expected = { x86_64-linux.a = "a"; }; };
  perSystemMerges = { expr = names (one { imports = [ { perSystem.packages.a = drv "a"; } { perSystem = { ... }: { packages.b = drv "b"; }; } ]; perSystem.packages.c = drv "c"; }).packages; expected = { x86_64-linux = { a = "a"; b = "b"; c = "c"; }; }; };
  perSystemConflict = { throws = (one { imports = [ { perSystem.packages.a = drv "a"; } { perSystem.packages.a = drv "b"; } ]; }).packages.x86_64-linux.a.name; };
  perSystemForce = { expr = names (one { imports = [ { perSystem.packages.a = drv "a"; } { perSystem = { lib, ... }: { packages.a = lib.mkForce (drv "b"); }; } ]; }).packages; expected = { x86_64-linux.a = "b"; }; };
  packageType = { throws = (one { perSystem.packages.a = 1; }).packages.x86_64-linux.a; };
  unknownOption = { throws = (one { perSystem.surely = 1; }).packages.x86_64-linux; };
  unknownTopOption = { throws = (one { surely = 1; }).packages; };
  lazySystems = { expr = (mk { inherit systems; perSystem = { system, ... }: { packages.a = if system == "x86_64-linux" then drv "a" else throw "b"; }; }).packages.x86_64-linux.a.name; expected = "a"; };
  lazyPackages = { expr = (one { perSystem.packages = { a = drv "a"; b = throw "b"; }; }).packages.x86_64-linux.a.name; expected = "a"; };

  importPath = { expr = (mk { systems = [ ]; imports = [ ./flake-parts-files/module.nix ]; }).word; expected = "from a file"; };
  importFunction = { expr = (mk ({ inputs, ... }: { systems = [ ]; imports = [ ({ self, ... }: { flake.a = "${self.name} ${inputs.other.name}"; }) ]; })).a; expected = "self flake"; };
  importApply = { expr = (mk ({ flake-parts-lib, ... }: { systems = [ ]; imports = [ (flake-parts-lib.importApply ./flake-parts-files/applied.nix { word = "a word"; }) ]; })).applied; expected = "a word of self"; };
  importTwice = { expr = (mk { systems = [ ]; imports = [ ./flake-parts-files/module.nix ./flake-parts-files/module.nix ]; }).word; expected = "from a file"; };
  importWrong = { throws = (mk { systems = [ ]; imports = [ { _type = "option"; } ]; }).packages; };
  nestedImports = { expr = (one { perSystem = { imports = [ ./flake-parts-files/nested.nix { greeting = "hi"; } ]; }; }).legacyPackages; expected = { x86_64-linux.greeting = "hi on x86_64-linux"; }; };
  deepImports = { expr = (one { perSystem = { imports = [ { imports = [ { imports = [ ({ system, ... }: { legacyPackages.deep = system; }) ]; } ]; } ]; }; }).legacyPackages; expected = { x86_64-linux.deep = "x86_64-linux"; }; };

  flake = { expr = (mk { systems = [ ]; flake = { a = 1; b.c = 2; lib.f = x: x + 1; }; }).lib.f 1; expected = 2; };
  flakeOnce = { throws = (mk { systems = [ ]; imports = [ { flake.a = 1; } { flake.a = 2; } ]; }).a; };
  flakeAndPerSystem = { expr = names (one { flake.packages.riscv64-linux.x = drv "x"; perSystem.packages.y = drv "y"; }).packages; expected = { riscv64-linux.x = "x"; x86_64-linux.y = "y"; }; };
  flakeSamePackageSystem = { expr = names (one { flake.packages.x86_64-linux.x = drv "x"; perSystem.packages.y = drv "y"; }).packages; expected = { x86_64-linux = { x = "x"; y = "y"; }; }; };
  overlays = { expr = ((mk { systems = [ ]; flake.overlays.default = final: prev: { a = prev.b + 1; }; }).overlays.default { } { b = 1; }).a; expected = 2; };
  overlaysTwice = { throws = (mk { systems = [ ]; imports = [ { flake.overlays.a = _: _: { }; } { flake.overlays.a = _: _: { }; } ]; }).overlays.a { } { }; };
  nixosModules = { expr = let m = (mk { systems = [ ]; flake.nixosModules.a = { b = 1; }; }).nixosModules.a; in [ m._class (builtins.length m.imports) ]; expected = [ "nixos" 1 ]; };
  nixosConfigurations = { expr = (mk { systems = [ ]; flake.nixosConfigurations.a = { b = 1; }; }).nixosConfigurations; expected = { a.b = 1; }; };

  inputs' = { expr = (one { perSystem = { inputs', ... }: { packages.a = inputs'.other.packages.tool; packages.b = inputs'.nixpkgs.legacyPackages.hello; }; }).packages.x86_64-linux.a.name; expected = "tool"; };
  inputsMissing = { throws = (mk { systems = [ "aarch64-linux" ]; perSystem = { inputs', ... }: { packages.a = inputs'.other.packages.tool; }; }).packages.aarch64-linux.a.name; };
  inputsNoFlake = { throws = (one { perSystem = { inputs', ... }: { legacyPackages.a = inputs'.source.packages; }; }).legacyPackages.x86_64-linux.a; };
  self' = { expr = (one { perSystem = { self', ... }: { packages.a = drv "a"; packages.b = self'.packages.a; }; }).packages.x86_64-linux.b.name; expected = "a"; };
  selfMisplaced = { throws = (one { perSystem = { self, ... }: { packages.a = self.packages.x; }; }).packages.x86_64-linux.a; };
  configOfPerSystem = { expr = (one { perSystem = { config, ... }: { packages.a = drv "a"; legacyPackages.name = config.packages.a.name; }; }).legacyPackages; expected = { x86_64-linux.name = "a"; }; };
  topConfig = { expr = (one (top: { flake.word = "w"; perSystem = _: { legacyPackages.word = top.config.flake.word; }; })).legacyPackages; expected = { x86_64-linux.word = "w"; }; };
  withSystem = { expr = (one ({ withSystem, ... }: { perSystem.packages.a = drv "a"; flake.b = withSystem "x86_64-linux" ({ config, system, self', pkgs, ... }: [ config.packages.a.name system self'.packages.a.name pkgs.hello.name ]); })).b; expected = [ "a" "x86_64-linux" "a" "hello-x86_64-linux" ]; };
  withOtherSystem = { expr = (one ({ withSystem, ... }: { perSystem = { system, ... }: { packages.a = drv system; }; flake.b = withSystem "riscv64-linux" ({ config, ... }: config.packages.a.name); })).b; expected = "riscv64-linux"; };
  getSystem = { expr = (one ({ getSystem, ... }: { perSystem.packages.a = drv "a"; flake.b = (getSystem "x86_64-linux").packages.a.name; })).b; expected = "a"; };
  getSystemMisplaced = { throws = (one { perSystem = { getSystem, ... }: { legacyPackages.a = getSystem "x"; }; }).legacyPackages.x86_64-linux.a; };
  moduleWithSystem = { expr = let f = one ({ moduleWithSystem, ... }: { perSystem.packages.a = drv "a"; flake.modules'.m = moduleWithSystem (perSystem@{ config, system }: { lib, ... }: { options.x = lib.mkOption { }; config.x = "${perSystem.config.packages.a.name} ${system}"; }); }); in (lib.evalModules { modules = [ f.modules'.m { _module.args.system = "x86_64-linux"; } ]; }).config.x; expected = "a x86_64-linux"; };
  moduleWithSystemUnknown = { throws = let f = one ({ moduleWithSystem, ... }: { flake.m = moduleWithSystem ({ surely }: { lib, ... }: { options.x = lib.mkOption { }; config.x = surely; }); }); in (lib.evalModules { modules = [ f.m { _module.args.system = "x86_64-linux"; } ]; }).config.x; };
  pkgsArgument = { expr = (one { perSystem = { pkgs, ... }: { _module.args.pkgs = { hello = drv "other"; }; packages.a = pkgs.hello; }; }).packages.x86_64-linux.a.name; expected = "other"; };
  pkgsOfInput = { expr = (one { perSystem = { pkgs, ... }: { packages.a = pkgs.hello; }; }).packages.x86_64-linux.a.name; expected = "hello-x86_64-linux"; };
  pkgsMissing = { throws = (with' { nixpkgs = source; } { systems = [ "x86_64-linux" ]; perSystem = { pkgs, ... }: { packages.a = pkgs.hello; }; }).packages.x86_64-linux.a.name; };
  specialArgs = { expr = (let inputs = { self = { name = "s"; inputs = { }; }; }; in parts.mkFlake { inherit inputs; specialArgs.word = "special"; } ({ word, ... }: { systems = [ ]; flake.a = word; })).a; expected = "special"; };
  noInputs = { throws = parts.mkFlake { } { systems = [ ]; }; };

  ownPerSystemOption = { expr = (one ({ flake-parts-lib, lib, ... }: { options.perSystem = flake-parts-lib.mkPerSystemOption ({ config, ... }: { options.mine = lib.mkOption { type = lib.types.str; default = "d"; }; config.legacyPackages.mine = config.mine; }); config.perSystem.mine = "set"; })).legacyPackages; expected = { x86_64-linux.mine = "set"; }; };
  ownPerSystemOptionType = { throws = (one ({ flake-parts-lib, lib, ... }: { options.perSystem = flake-parts-lib.mkPerSystemOption ({ config, ... }: { options.mine = lib.mkOption { type = lib.types.str; }; config.legacyPackages.mine = config.mine; }); config.perSystem.mine = 5; })).legacyPackages.x86_64-linux.mine; };
  inlineOption = { expr = (one { perSystem = { config, lib, ... }: { options.mine = lib.mkOption { type = lib.types.int; }; config.mine = 3; config.legacyPackages.mine = config.mine; }; }).legacyPackages; expected = { x86_64-linux.mine = 3; }; };
  transposed = { expr = (one ({ flake-parts-lib, lib, ... }: { imports = [ (flake-parts-lib.mkTransposedPerSystemModule { name = "foo"; file = ./flake-parts.nix; option = lib.mkOption { type = lib.types.int; default = 7; }; }) ]; perSystem = { inputs', ... }: { foo = 1 + inputs'.other.foo; }; })).foo; expected = { x86_64-linux = 6; }; };
  transposedSelf = { expr = (one ({ flake-parts-lib, lib, ... }: { imports = [ (flake-parts-lib.mkTransposedPerSystemModule { name = "foo"; file = ./flake-parts.nix; option = lib.mkOption { type = lib.types.int; default = 7; }; }) ]; perSystem = { self', ... }: { legacyPackages.foo = self'.foo; }; })).legacyPackages; expected = { x86_64-linux.foo = 7; }; };
  adHoc = { expr = (one { transposition.foo.adHoc = true; perSystem.foo = 5; }).foo; expected = { x86_64-linux = 5; }; };
  perInput = { expr = (one { perInput = system: flake: { word = "${flake.name} ${system}"; }; perSystem = { inputs', ... }: { legacyPackages.a = inputs'.other.word; }; }).legacyPackages; expected = { x86_64-linux.a = "flake x86_64-linux"; }; };
  mkSubmoduleOptions = { expr = (mk ({ flake-parts-lib, lib, ... }: { config.systems = [ ]; options.flake = flake-parts-lib.mkSubmoduleOptions { all = lib.mkOption { type = lib.types.listOf lib.types.int; }; }; config.flake.all = lib.mkMerge [ [ 1 ] [ 2 ] ]; })).all; expected = [ 1 2 ]; };
  aliasOption = { expr = (mk ({ flake-parts-lib, lib, ... }: { imports = [ (flake-parts-lib.mkAliasOptionModule [ "old" ] [ "new" ]) ({ config, ... }: { flake.words = [ config.old config.new ]; }) ]; options.new = lib.mkOption { type = lib.types.str; }; config = { systems = [ ]; old = "x"; }; })).words; expected = [ "x" "x" ]; };
  mkIf = { expr = names (one { perSystem = { lib, system, ... }: { packages = lib.mkMerge [ { a = drv "a"; } (lib.mkIf (system == "x86_64-linux") { b = drv "b"; }) (lib.mkIf (system != "x86_64-linux") { c = drv "c"; }) ]; }; }).packages; expected = { x86_64-linux = { a = "a"; b = "b"; }; }; };

  apps = { expr = (one { perSystem = { apps.a.program = "/bin/a"; apps.b = { type = "app"; program = drv "b"; meta.description = "d"; }; }; }).apps; expected = { x86_64-linux = { a = { meta = { }; program = "/bin/a"; type = "app"; }; b = { meta = { description = "d"; }; program = "/b/bin/b"; type = "app"; }; }; }; };
  appsType = { throws = (one { perSystem.apps.a = { type = "other"; program = "/x"; }; }).apps.x86_64-linux.a.type; };
  noFormatter = { expr = (one { perSystem.packages.a = drv "a"; }).formatter; expected = { }; };
  formatter = { expr = (one { perSystem.formatter = drv "f"; }).formatter.x86_64-linux.name; expected = "f"; };
  formatterSomewhere = { throws = (mk { inherit systems; perSystem = { lib, system, ... }: { formatter = lib.mkIf (system == "x86_64-linux") (drv "f"); }; }).formatter.aarch64-linux; };
  formatterHere = { expr = (mk { inherit systems; perSystem = { lib, system, ... }: { formatter = lib.mkIf (system == "x86_64-linux") (drv "f"); }; }).formatter.x86_64-linux.name; expected = "f"; };
  debug = { expr = let f = one { debug = true; perSystem.packages.a = drv "a"; }; in [ f.allSystems.x86_64-linux.packages.a.name f.debug.config.systems (f.debug ? options) (f.allSystems.x86_64-linux ? _module) ]; expected = [ "a" [ "x86_64-linux" ] true true ]; };
  noDebug = { expr = let f = one { }; in [ (f ? debug) (f ? allSystems) ]; expected = [ false false ]; };

  flakeModules = { expr = let f = mk { systems = [ ]; imports = [ flake-parts.flakeModules.flakeModules ]; flake.flakeModules.a.flake.x = 1; flake.flakeModule.flake.y = 2; }; g = mk { systems = [ ]; imports = [ f.flakeModules.a f.flakeModules.default f.flakeModule ]; }; in [ g.x g.y ]; expected = [ 1 2 ]; };
  flakeModulesClass = { expr = (mk { systems = [ ]; imports = [ flake-parts.flakeModules.flakeModules ]; flake.flakeModules.a.flake.x = 1; }).flakeModules.a._class; expected = "flake"; };
  modules = { expr = let f = mk { systems = [ ]; imports = [ flake-parts.flakeModules.modules ]; flake.modules.generic.a = { x = 1; }; }; in (lib.evalModules { modules = [ { options.x = lib.mkOption { }; } f.modules.generic.a ]; }).config.x; expected = 1; };
  modulesWrongClass = { throws = let f = mk { systems = [ ]; imports = [ flake-parts.flakeModules.modules ]; flake.modules.nixos.a = { x = 1; }; }; in (lib.evalModules { class = "other"; modules = [ { options.x = lib.mkOption { }; } f.modules.nixos.a ]; }).config.x; };
  easyOverlay = { expr = let f = one { imports = [ flake-parts.flakeModules.easyOverlay ]; perSystem = { config, pkgs, final, ... }: { packages.a = pkgs.hello; overlayAttrs = { mine = config.packages.a; again = final.mine; }; }; }; prev = pkgsFor "x86_64-linux" // { hello = drv "changed"; }; final = prev // f.overlays.default final prev; in [ final.mine.name final.again.name ]; expected = [ "changed" "changed" ]; };
  bundlers = { expr = ((one { imports = [ flake-parts.flakeModules.bundlers ]; perSystem.bundlers.id = p: p; }).bundlers.x86_64-linux.id (drv "p")).name; expected = "p"; };
  partitions = { expr = let f = one { imports = [ flake-parts.flakeModules.partitions ]; partitionedAttrs.devShells = "dev"; partitions.dev = { extraInputs.extra = other; module = { inputs, ... }: { perSystem.devShells.a = inputs.extra.packages.x86_64-linux.tool; }; }; perSystem.devShells.b = drv "b"; }; in names f.devShells; expected = { x86_64-linux = { a = "tool"; b = "b"; }; }; };
  touchup = { expr = names (one { imports = [ flake-parts.flakeModules.touchup ]; touchup.attr.packages.any.attr.b.enable = false; perSystem.packages = { a = drv "a"; b = drv "b"; }; }).packages; expected = { x86_64-linux.a = "a"; }; };
  touchupAny = { expr = let f = one { imports = [ flake-parts.flakeModules.touchup ]; touchup = { any.enable = lib.mkDefault false; attr.packages.enable = true; }; perSystem.packages.a = drv "a"; }; in [ (f ? packages) (f ? devShells) ]; expected = [ true false ]; };
  touchupFinish = { expr = (one { imports = [ flake-parts.flakeModules.touchup ]; touchup.attr.word.finish = w: w + "!"; flake.word = "a"; }).word; expected = "a!"; };
  defaultModule = { expr = [ (parts.defaultModule { a = 1; }) (parts.defaultModule { _type = "flake"; flakeModules.default = 5; }) ]; expected = [ { a = 1; } 5 ]; };
  names = { expr = builtins.filter (name: !(parts ? ${name})) [ "attrsWith" "defaultModule" "evalFlakeModule" "importApply" "importAndPublish" "memoizeStr" "mkAliasOptionModule" "mkDeferredModuleOption" "mkDeferredModuleType" "mkFlake" "mkPerSystemOption" "mkPerSystemType" "mkSubmoduleOptions" "mkTransposedPerSystemModule" ]; expected = [ ]; };
  moduleNames = { expr = builtins.filter (name: !(flake-parts.flakeModules ? ${name})) [ "apps" "bundlers" "checks" "debug" "devShells" "easyOverlay" "flake" "flakeModules" "formatter" "legacyPackages" "modules" "nixosConfigurations" "nixosModules" "nixpkgs" "overlays" "packages" "partitions" "perSystem" "touchup" "transposition" ]; expected = [ ]; };
}
