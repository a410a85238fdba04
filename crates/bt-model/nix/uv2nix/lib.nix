# Workspaces and scripts: packages have the names and versions of the lock.
{ helper, lib }:
let
  # What is locked, as an overlay for a set of Python packages. Several versions of one package stay opaque.
  overlayOf = lock: final: prev:
    let
      versions = builtins.groupBy (p: p.name) (lock.package or [ ]);
    in
    builtins.mapAttrs
      (name: locked: helper.package prev.pkgs "pythonSet.${name}" ({ pname = name; }
        // lib.optionalAttrs (builtins.length locked == 1 && (builtins.head locked) ? version) { inherit (builtins.head locked) version; }))
      versions;
  read = file: if builtins.pathExists file then lib.importTOML file else { };
  isLocal = package: lib.any (kind: package.source ? ${kind}) [ "editable" "virtual" ];
  loadWorkspace = { workspaceRoot, config ? { }, uvLock ? read (workspaceRoot + "/uv.lock"), pyproject ? { } }:
    let
      locals = builtins.filter isLocal (uvLock.package or [ ]);
      each = names: builtins.listToAttrs (map (p: { inherit (p) name; value = names p; }) locals);
      optionals = p: builtins.attrNames (p.optional-dependencies or { });
      groups = p: builtins.attrNames (p.dev-dependencies or { });
    in
    {
      inherit config;
      requires-python = [ ];
      mkPyprojectOverlay = _: overlayOf uvLock;
      mkEditablePyprojectOverlay = _: _: _: { };
      deps = {
        all = each (p: lib.unique (optionals p ++ groups p));
        default = each (_: [ ]);
        groups = each groups;
        optionals = each optionals;
      };
    };
in
{
  workspace = { inherit loadWorkspace; };
  scripts.loadScript = { script, ... }: {
    name = baseNameOf (toString script);
    mkOverlay = _: overlayOf (read (script + ".lock"));
    mkEditableOverlay = _: _: _: { };
    mkVirtualEnv = { pythonSet, name ? "${baseNameOf (toString script)}-env", ... }: pythonSet.mkVirtualEnv name { };
    renderScript = { venv, ... }: builtins.readFile script;
  };
}
