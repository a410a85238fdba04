# Overriding and calling packages. callPackage is where the open world matters: a formal that nobody has heard of gets
# an invented package if it has no default, and keeps its default otherwise.
{ lib, bt, ... }:
let
  inherit (builtins) attrNames concatMap filter head isAttrs listToAttrs map mapAttrs removeAttrs;

  # The arguments for `formals` out of `auto`, which may be open, with `given` taking precedence.
  autoArgs = auto: formals: given:
    listToAttrs (concatMap
      (name:
        if given ? ${name} then [ ]
        else if bt.isClosed auto name || (!formals.${name} && auto ? ${name})
        then [{ inherit name; value = auto.${name}; }]
        else [ ])
      (attrNames formals))
    // given;

  missing = auto: formals: args:
    let
      name = head (filter (n: !formals.${n} && !(args ? ${n})) (attrNames formals));
      position = builtins.unsafeGetAttrPos name formals;
      near = lib.take 3 (filter (lib.strings.levenshteinAtMost 2 name) (attrNames (auto // args)));
    in
    "lib.customisation.callPackageWith: Function called without required argument \"${name}\""
    + (if position == null then "" else " at ${position.file}:${toString position.line}")
    + (if near == [ ] then "" else ", did you mean ${lib.concatMapStringsSep " or " (n: "\"${n}\"") near}?");
  complete = formals: args: lib.all (n: formals.${n} || args ? ${n}) (attrNames formals);
in
rec {
  overrideDerivation = drv: f:
    if drv ? overrideAttrs then drv.overrideAttrs f
    else extendDerivation true (drv.passthru or { }) (derivation (drv.drvAttrs // f drv));

  makeOverridable = f:
    let
      mirror = lib.mirrorFunctionArgs f;
      # `change` reworks a result, so that overriding the arguments later applies it again.
      again = change: makeOverridable (mirror (args: change (f args)));
      call = args:
        let
          result = f args;
          override = mirror (new: makeOverridable f (args // (if lib.isFunction new then new args else new)));
        in
        if isAttrs result then
          result
          // {
            inherit override;
            overrideDerivation = g: again (r: overrideDerivation r g) args;
          }
          // (if result ? overrideAttrs then { overrideAttrs = g: again (r: r.overrideAttrs g) args; } else { })
        else if lib.isFunction result then lib.setFunctionArgs result (lib.functionArgs result) // { inherit override; }
        else result;
    in
    if isAttrs f
    then f // mirror call // (if f ? override then { override = new: makeOverridable (f.override new); } else { })
    else mirror call;

  callPackageWith = auto: fn: given:
    let
      f = if lib.isFunction fn then fn else import fn;
      formals = lib.functionArgs f;
      args = autoArgs auto formals given;
    in
    if complete formals args then makeOverridable f args else abort (missing auto formals args);

  callPackagesWith = auto: fn: given:
    let
      f = if lib.isFunction fn then fn else import fn;
      args = autoArgs auto (lib.functionArgs f) given;
      result = f args;
    in
    if lib.isDerivation result
    then throw "function `callPackages` was called on a *single* derivation \"${result.name or "<unknown-name>"}\"; did you mean to use `callPackage` instead?"
    else mapAttrs (name: _: makeOverridable (lib.mirrorFunctionArgs f (new: (f new).${name})) args) result;

  extendDerivation = condition: passthru: drv:
    let
      outputs = drv.outputs or [ "out" ];
      checked = path: assert condition; path;
      common = drv // byOutput // { all = map (name: byOutput.${name}) outputs; } // passthru // {
        drvPath = checked drv.drvPath;
        outPath = checked drv.outPath;
      };
      byOutput = lib.genAttrs outputs (name: common
        // {
        inherit (drv.${name}) type outputName;
        outputSpecified = true;
        drvPath = checked drv.${name}.drvPath;
        outPath = checked drv.${name}.outPath;
      }
        // (if passthru ? overrideAttrs then { overrideAttrs = f: (passthru.overrideAttrs f).${name}; } else { }));
    in
    common;

  hydraJob = drv:
    let
      outputs = drv.outputs or [ "out" ];
      common = { inherit (drv) name system meta; inherit outputs; } // byOutput;
      byOutput = lib.genAttrs outputs (name: common // {
        type = "derivation";
        outputName = name;
        inherit (drv.${name}) outPath drvPath;
      });
    in
    if drv == null then null else byOutput.${head outputs};

  makeScope = newScope: f:
    let
      self = { callPackage = self.newScope { }; } // f self // {
        newScope = extra: newScope (self // extra);
        overrideScope = overlay: makeScope newScope (lib.extends overlay f);
        packages = f;
      };
    in
    self;
  makeScopeWithSplicing = splice: newScope: otherSplices: keep: extra: f:
    makeScopeWithSplicing' { splicePackages = splice; inherit newScope; } { inherit otherSplices keep extra f; };
  # No cross splicing in the model: every package already is for its host.
  makeScopeWithSplicing' = { splicePackages, newScope }@tools:
    { otherSplices ? { }, keep ? (_: { }), extra ? (_: { }), f }@args:
    let
      spliced = extra self // self // keep self;
      self = f self // {
        newScope = more: newScope (spliced // more);
        callPackage = newScope spliced;
        overrideScope = overlay: makeScopeWithSplicing' tools (args // { f = lib.extends overlay f; });
        packages = f;
      };
    in
    self;

  extendMkDerivation =
    { constructDrv
    , excludeDrvArgNames ? [ ]
    , excludeFunctionArgNames ? [ ]
    , extendDrvArgs
    , inheritFunctionArgs ? true
    , transformDrv ? lib.id
    }:
    {
      __functor = _: given: transformDrv (constructDrv (final:
        let
          previous = if lib.isFunction given then given final else given;
        in
        removeAttrs previous excludeDrvArgNames // extendDrvArgs final previous));
      __functionArgs = removeAttrs
        ((if inheritFunctionArgs then removeAttrs (lib.functionArgs constructDrv) excludeDrvArgNames else { })
        // lib.functionArgs (extendDrvArgs { }))
        excludeFunctionArgNames;
      inherit constructDrv excludeDrvArgNames extendDrvArgs transformDrv;
    };

  renameCrossIndexFrom = prefix: x: {
    buildBuild = x."${prefix}BuildBuild";
    buildHost = x."${prefix}BuildHost";
    buildTarget = x."${prefix}BuildTarget";
    hostHost = x."${prefix}HostHost";
    hostTarget = x."${prefix}HostTarget";
    targetTarget = x."${prefix}TargetTarget";
  };
  renameCrossIndexTo = prefix: x: {
    "${prefix}BuildBuild" = x.buildBuild;
    "${prefix}BuildHost" = x.buildHost;
    "${prefix}BuildTarget" = x.buildTarget;
    "${prefix}HostHost" = x.hostHost;
    "${prefix}HostTarget" = x.hostTarget;
    "${prefix}TargetTarget" = x.targetTarget;
  };
  mapCrossIndex = f: x: mapAttrs (_: f) x;
}
