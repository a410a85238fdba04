# Runs every test and returns the failures: an empty list is success.
#   nix-instantiate --eval --strict --json --readonly-mode run.nix --arg lib null
# With `--arg lib 'import /path/to/nixpkgs/lib'` the tests of lib are held against nixpkgs itself, which is where their
# expectations come from. bt-lint's own evaluator passes `source`, a function from a path below the model's root to what
# importing that file gives; it has open sets, so the tests of the open world run too.
# `--arg flakeParts /path/to/flake-parts`, with a lib, does the same for flake-parts.
{ lib ? null, source ? null, flakeParts ? null }:
let
  # Real Nix has no open sets: here they are closed.
  __bt = { open = base: _: base; isClosed = set: name: set ? ${name}; missing = _: false; };
  load = if source != null then source else path: builtins.scopedImport { inherit __bt; } (../. + "/${path}");
  flake = (load "nixpkgs/flake.nix").outputs { self = { }; };
  pkgs = flake.legacyPackages.x86_64-linux;
  args = {
    lib = if lib == null then flake.lib else lib;
    nixpkgs = flake;
    inherit pkgs;
    importNixpkgs = load "nixpkgs/default.nix";
    flake-utils = ((load "flake-utils/flake.nix").outputs { self = { }; }).lib;
    importHelper = load;
    helpers = builtins.listToAttrs (map
      (name: { inherit name; value = (load "${name}/flake.nix").outputs { nixpkgs = flake; }; })
      helpers);
    flake-parts =
      if flakeParts == null then (load "flake-parts/flake.nix").outputs { nixpkgs-lib = flake; }
      else
        let
          core = builtins.removeAttrs files [ "bundlers" "easyOverlay" "flakeModules" "modules" "partitions" "touchup" ];
          files = modules "modules" // {
            bundlers = flakeParts + "/extras/bundlers.nix";
            easyOverlay = flakeParts + "/extras/easyOverlay.nix";
            flakeModules = flakeParts + "/extras/flakeModules.nix";
            modules = flakeParts + "/extras/modules.nix";
            partitions = flakeParts + "/extras/partitions.nix";
            touchup = flakeParts + "/extras/touchup.nix";
          };
          modules = directory: builtins.listToAttrs (map
            (file: { name = builtins.substring 0 (builtins.stringLength file - 4) file; value = flakeParts + "/${directory}/${file}"; })
            (builtins.attrNames (builtins.readDir (flakeParts + "/${directory}"))));
        in
        {
          lib = import (flakeParts + "/lib.nix") { inherit lib; builtinModules = core; extraModules = builtins.removeAttrs files (builtins.attrNames core); };
          flakeModules = files;
        };
  };
  helpers = [
    "beam-utils" "crane" "devenv" "devshell" "fenix" "git-hooks" "gitignore" "go-overlay" "gomod2nix" "haskell-flake"
    "hercules-ci-effects" "naersk" "nix-github-actions" "nix2container" "pyproject-build-systems" "pyproject-nix"
    "rust-overlay" "treefmt-nix" "uv2nix"
  ];
  ofLib = [
    ./lib-attrsets.nix
    ./lib-lists.nix
    ./lib-strings.nix
    ./lib-trivial.nix
    ./lib-generators.nix
    ./lib-modules.nix
    ./lib-types.nix
    ./lib-customisation.nix
    ./lib-files.nix
    ./lib-systems.nix
  ];
  ofFlakeParts = if lib == null || flakeParts != null then [ ./flake-parts.nix ] else [ ];
  ofModel = [ ./packages.nix ./builders.nix ./docker-tools.nix ./formats.nix ./flake-utils.nix ]
    ++ (if source != null then [ ./open-world.nix ./helpers.nix ] else [ ]);
  # A test expects a value, or that evaluation fails: { expr; expected; } or { throws; }.
  show = flake.lib.generators.toPretty { multiline = false; };
  check = file: name: test:
    let
      result = builtins.tryEval (builtins.deepSeq (test.expr or test.throws) (test.expr or test.throws));
      got = if result.success then show result.value else "an error";
      want = if test ? throws then "an error" else show test.expected;
      good = if test ? throws then !result.success else result.success && result.value == test.expected;
    in
    if good then [ ] else [{ inherit file name got want; }];
  run = path:
    let
      tests = import path (builtins.intersectAttrs (builtins.functionArgs (import path)) args);
      file = baseNameOf (toString path);
    in
    builtins.concatMap (name: check file name tests.${name}) (builtins.attrNames tests);
in
builtins.concatMap run (ofLib ++ ofFlakeParts ++ (if lib == null then ofModel else [ ]))
