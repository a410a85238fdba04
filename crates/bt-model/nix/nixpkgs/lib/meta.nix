# meta attributes: priorities, main programs, platforms.
{ lib, ... }:
let
  inherit (builtins) isString match typeOf;
in
rec {
  addMetaAttrs = new: drv:
    if drv ? overrideAttrs then drv.overrideAttrs (old: { meta = (old.meta or { }) // new; })
    else drv // { meta = (drv.meta or { }) // new; };
  dontDistribute = addMetaAttrs { hydraPlatforms = [ ]; };
  setName = name: drv: drv // { inherit name; };
  updateName = f: drv: drv // { name = f drv.name; };
  appendToName = suffix: updateName (name:
    let
      parsed = builtins.parseDrvName name;
    in
    "${parsed.name}-${suffix}-${parsed.version}");
  mapDerivationAttrset = f: builtins.mapAttrs (_: pkg: if lib.isDerivation pkg then f pkg else pkg);
  defaultPriority = 5;
  setPrio = priority: addMetaAttrs { inherit priority; };
  lowPrio = setPrio 10;
  hiPrio = setPrio (-10);
  lowPrioSet = mapDerivationAttrset lowPrio;
  hiPrioSet = mapDerivationAttrset hiPrio;
  platformMatch = platform: wanted:
    if isString wanted then (platform.system or null) == wanted
    else lib.matchAttrs (if wanted ? parsed then wanted else { parsed = wanted; }) platform;
  availableOn = platform: pkg:
    (!(pkg ? meta.platforms) || lib.any (platformMatch platform) pkg.meta.platforms)
    && !(pkg ? meta.badPlatforms && lib.any (platformMatch platform) pkg.meta.badPlatforms);
  inherit (lib) licensesSpdx;
  getLicenseFromSpdxId = id: getLicenseFromSpdxIdOr id { shortName = id; spdxId = id; };
  getLicenseFromSpdxIdOr = id: fallback:
    (lib.mapAttrs' (name: value: { name = lib.toLower name; inherit value; }) lib.licensesSpdx).${lib.toLower id} or fallback;
  getExe = pkg:
    getExe' pkg (pkg.meta.mainProgram or (lib.warn
      "getExe: Package \"${pkg.meta.name or pkg.pname or pkg.name}\" does not have the meta.mainProgram attribute. We'll assume that the main program has the same name for now, but this behavior is deprecated, because it leads to surprising errors when the assumption does not hold."
      (lib.getName pkg)));
  getExe' = pkg: program:
    if !lib.isDerivation pkg
    then throw "lib.meta.getExe': The first argument is of type ${typeOf pkg}, but it should be a derivation instead."
    else if !isString program
    then throw "lib.meta.getExe': The second argument is of type ${typeOf program}, but it should be a string instead."
    else if match ".*/.*" program != null
    then throw "lib.meta.getExe': The second argument \"${program}\" is a nested path with a \"/\" character, but it should just be the name of the executable instead."
    else "${lib.getBin pkg}/bin/${program}";
  cpeFullVersionWithVendor = vendor: version: { inherit vendor version; update = "*"; };
}
