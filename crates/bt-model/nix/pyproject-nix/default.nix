# The functions: projects as far as their names go, and a package set that has whatever it is asked for.
{ lib }:
let
  helper = import ./nixpkgs/helper.nix { bt = __bt; };
  project = { projectRoot ? null, pyproject ? lib.importTOML (projectRoot + "/pyproject.toml"), ... }:
    let
      given = pyproject.project or (pyproject.tool.poetry or { });
    in
    {
      inherit projectRoot pyproject;
      dependencies = { dependencies = [ ]; extras = { }; groups = { }; build-systems = [ ]; };
      requires-python = given.requires-python or null;
      # The dependencies of a project would be packages of a set that nobody knows: they are left out.
      renderers = {
        buildPythonPackage = _: {
          pname = given.name or "python-project";
          version = given.version or "0.0.0";
          src = projectRoot;
          pyproject = true;
        };
        mkPythonEditablePackage = _: { pname = given.name or "python-project"; version = given.version or "0.0.0"; };
        withPackages = _: _: [ ];
        meta = _: { };
      };
      validators = { };
    };
  # A set of Python packages for `callPackage`, which overlays extend.
  packages = { python, pkgs, ... }:
    let
      set = overlay:
        let
          base = helper.openSet pkgs "pythonSet" {
            inherit python pkgs;
            inherit (pkgs) stdenv;
            callPackage = lib.callPackageWith (pkgs // self);
            newScope = extra: lib.callPackageWith (pkgs // self // extra);
            overrideScope = more: set (lib.composeExtensions overlay more);
            pythonPkgsHostHost = self;
            pythonPkgsBuildHost = self;
            resolveBuildSystem = _: [ ];
            resolveVirtualEnv = _: [ ];
            mkVirtualEnv = name: deps: helper.builder pkgs "mkVirtualEnv" { inherit name; passthru = { inherit deps; }; };
          };
          self = base // overlay self base;
        in
        self;
    in
    set (_: _: { });
in
{
  lib = {
    project = lib.genAttrs [ "loadPyproject" "loadPyprojectDynamic" "loadPoetryPyproject" "loadUVPyproject" ] (_: project) // {
      loadRequirementsTxt = { projectRoot ? null, ... }: project { inherit projectRoot; pyproject = { }; };
    };
  };
  build = {
    inherit packages;
    util.mkApplication = { venv, package }: venv;
    hacks = { nixpkgsPrebuilt = { from, ... }: from; };
    lib.resolvers = { };
  };
}
