# The module system: modules are collected through their imports, their option declarations and definitions are joined
# by name, and every option's value is merged by its type.
{ lib, ... }:
let
  inherit (builtins)
    addErrorContext all any attrNames concatLists concatMap elem filter foldl' genericClosure head isAttrs isBool
    isFunction isList isPath isString length map mapAttrs removeAttrs seq sort substring tail typeOf unsafeGetAttrPos
    zipAttrsWith;
  inherit (lib.options) isOption mkOption showDefs showFiles showOption unknownModule;

  property = tag: fields: fields // { _type = tag; };
  tagOf = value: value._type or null;

  # Options that every evaluation has.
  internal = prefix: specialArgs: extras: {
    _file = "lib/modules.nix";
    key = "lib/modules.nix";
    options._module = {
      args = mkOption { type = lib.types.lazyAttrsOf lib.types.raw; description = "Additional arguments passed to each module."; } // (if prefix == [ ] then { } else { internal = true; });
      check = mkOption { type = lib.types.bool; internal = true; default = true; description = "Whether to check whether all option definitions have matching declarations."; };
      freeformType = mkOption { type = lib.types.nullOr lib.types.optionType; internal = true; default = null; description = "If set, merge all definitions that don't have an associated option together using this type."; };
      specialArgs = mkOption { readOnly = true; internal = true; description = "Externally provided module arguments."; };
    };
    config._module = { args = extras; inherit specialArgs; };
  };

  evalModules = { modules, prefix ? [ ], specialArgs ? { }, class ? null, args ? { }, check ? true }@given:
    let
      legacy = lib.optional (given ? args) { config._module.args = args; }
        ++ lib.optional (given ? check) { config._module.check = mkDefault check; };
      regular = modules ++ legacy;
      moduleArgs = {
        inherit lib options specialArgs config;
        _class = class;
        _prefix = prefix;
      } // specialArgs;
      type = lib.types.submoduleWith { inherit modules specialArgs class; };
      collected = collect class (specialArgs.modulesPath or "")
        (regular ++ [ (internal prefix specialArgs { inherit extendModules; moduleType = type; }) ])
        moduleArgs;
      merged = mergeModules prefix (lib.reverseList collected.modules);
      options = merged.matchedOptions;
      declared = lib.mapAttrsRecursiveCond (v: !isOption v) (_: option: option.value) options;
      freeform = declared._module.freeformType;
      undeclared = map (def: { inherit (def) file; value = lib.setAttrByPath def.prefix def.value; }) merged.unmatchedDefns;
      config =
        if freeform == null || undeclared == [ ] then declared
        else lib.recursiveUpdate (freeform.merge prefix undeclared) declared;
      checked =
        if merged.unmatchedDefns == [ ] || freeform != null || !declared._module.check then null
        else unknownOption prefix options (head merged.unmatchedDefns);
      extendModules = { modules ? [ ], specialArgs ? { }, prefix ? given.prefix or [ ] }: evalModules (given // {
        modules = regular ++ modules;
        specialArgs = given.specialArgs or { } // specialArgs;
        inherit prefix;
      });
    in
    {
      _type = "configuration";
      options = seq checked options;
      config = seq checked (removeAttrs config [ "_module" ]);
      _module = seq checked config._module;
      inherit (collected) graph;
      inherit class extendModules type;
    };

  unknownOption = prefix: options: def:
    let
      parent = lib.init def.prefix;
      siblings = lib.remove "_module" (attrNames (lib.attrByPath parent { } options));
      near = lib.take 3 (lib.sortOn (lib.strings.levenshtein (lib.last def.prefix)) siblings);
      message = "The option `${showOption (prefix ++ def.prefix)}' does not exist. Definition values:${showDefs [ def ]}"
        + lib.optionalString (near != [ ])
          "\n\nDid you mean ${lib.concatMapStringsSep " or " (n: "`${showOption (prefix ++ parent ++ [ n ])}'") near}?";
    in
    if attrNames options != [ "_module" ] then throw message
    else if prefix == [ ] then throw "${message}\n\nIt seems as if you're trying to declare an option by placing it into `config' rather than `options'!\n"
    else throw "${message}\n\nHowever there are no options defined in `${showOption prefix}'. Are you sure you've\ndeclared your options properly? This can happen if you e.g. declared your options in `types.submodule'\nunder `config' rather than `options'.\n";

  unchecked = { _module.check = mkOverride 10 false; };

  # Loading: a module is a set, a function to one, or a path to either.
  load = class: args: parentFile: fallbackKey: m:
    let
      module =
        # A module of a flake that cannot be had: all that is said of its options is taken as it is.
        if __bt.missing m then unifyModuleSyntax parentFile fallbackKey { config = unchecked // (if class == "flake" then { perSystem = unchecked; } else { }); }
        else if lib.isFunction m then unifyModuleSyntax parentFile fallbackKey (applyModuleArgs fallbackKey m args)
        # A module that only the model invented declares nobody knows which options.
        else if isAttrs m && m ? btModel then unifyModuleSyntax parentFile fallbackKey { config = unchecked; }
        else if isAttrs m then
          if tagOf m == null || tagOf m == "module" then unifyModuleSyntax parentFile fallbackKey m
          else if tagOf m == "if" || tagOf m == "override" then unifyModuleSyntax parentFile fallbackKey { config = m; }
          else throw "Expected a module, but found a value of type \"${m._type}\"${lib.optionalString (parentFile != unknownModule) ", while trying to load a module into ${toString parentFile}"}."
        else if isList m then throw "Module imports can't be nested lists. Perhaps you meant to remove one level of lists? Definitions: ${showDefs [{ file = parentFile; value = m; }]}"
        else unifyModuleSyntax (toString m) (toString m) (applyModuleArgsIfFunction (toString m) (import m) args);
    in
    if class == null || module._class == null || module._class == class then module
    else throw "The module `${module._file}' (class: \"${module._class}\") cannot be imported into a module evaluation that expects class \"${class}\".";

  collect = class: modulesPath: initial: args:
    let
      walk = file: key: lib.imap1 (n: m:
        let
          module = load class args file "${key}:anon-${toString n}" m;
          below = walk module._file module.key module.imports;
        in
        {
          inherit (module) key;
          inherit module;
          modules = below;
          disabled = lib.optional (module.disabledModules != [ ]) { file = module._file; disabled = module.disabledModules; }
            ++ concatMap (b: b.disabled) below;
        });
      tree = walk unknownModule "" initial;
      keyOf = m:
        if isString m then (if substring 0 1 m == "/" then m else "${toString modulesPath}/${m}")
        else if lib.strings.isConvertibleWithToString m then toString m
        else m.key;
      disabled = concatMap (t: concatMap (d: map keyOf d.disabled) t.disabled) tree;
      enabled = filter (t: !(elem t.key disabled));
      graph = map (t: { inherit (t) key; file = t.module._file; disabled = elem t.key disabled; imports = graph t.modules; });
    in
    {
      modules = map (t: t.module) (genericClosure { startSet = enabled tree; operator = t: enabled t.modules; });
      graph = graph (filter (t: t.key != "lib/modules.nix") tree);
    };

  setDefaultModuleLocation = file: m: { _file = file; imports = [ m ]; };

  known = [ "_class" "_file" "key" "disabledModules" "imports" "options" "config" "meta" "freeformType" ];
  unifyModuleSyntax = file: key: m:
    let
      structured = m ? config || m ? options;
      bad = attrNames (removeAttrs m known);
      with' = name: value: config: if m ? ${name} then mkMerge [ config value ] else config;
      freeform = with' "freeformType" { _module.freeformType = m.freeformType; };
    in
    if !isAttrs m then throw "module ${file} (${key}) does not look like a module."
    else if structured && bad != [ ] then throw
      "Module `${key}' has an unsupported attribute `${head bad}'. This is caused by introducing a top-level `config' or `options' attribute. Add configuration attributes immediately on the top level instead, or move all of them (namely: ${toString bad}) into the explicit `config' attribute."
    else {
      _file = toString m._file or file;
      _class = m._class or null;
      key = toString m.key or key;
      disabledModules = m.disabledModules or [ ];
      imports = (if structured then [ ] else m.require or [ ]) ++ m.imports or [ ];
      options = if structured then m.options or { } else { };
      config =
        if structured then freeform (with' "meta" { inherit (m) meta; } (m.config or { }))
        else freeform (removeAttrs m [ "_class" "_file" "key" "disabledModules" "require" "imports" "freeformType" ]);
    };
  applyModuleArgsIfFunction = key: f: args: if lib.isFunction f then applyModuleArgs key f args else f;
  applyModuleArgs = key: f: args:
    # Arguments that nobody passes come out of _module.args, which is only looked at when one is used.
    f (args // mapAttrs
      (name: _: addErrorContext "while evaluating the module argument `${name}' in \"${key}\":"
        (args.${name} or args.config._module.args.${name}))
      (lib.functionArgs f));

  # Properties: mkMerge, mkIf and mkOverride are pushed down to the values that they are about.
  pushDownProperties = value:
    let
      push = wrap: content: map (c: if isAttrs c then mapAttrs (_: wrap) c else c) (pushDownProperties content);
      tag = tagOf value;
    in
    if tag == "merge" then concatMap pushDownProperties value.contents
    else if tag == "if" then push (mkIf value.condition) value.content
    else if tag == "override" then push (mkOverride value.priority) value.content
    else [ value ];
  dischargeProperties = value:
    let
      tag = tagOf value;
    in
    if tag == "merge" then concatMap dischargeProperties value.contents
    else if tag == "if" then
      if !isBool value.condition then throw "‘mkIf’ called with a non-Boolean condition"
      else if value.condition then dischargeProperties value.content
      else [ ]
    else [ value ];
  priorityOf = def: if tagOf def.value == "override" then def.value.priority else defaultOverridePriority;
  filterOverrides' = defs:
    let
      best = foldl' (acc: def: lib.min acc (priorityOf def)) 9999 defs;
    in
    {
      highestPrio = best;
      values = map (def: if tagOf def.value == "override" then def // { value = def.value.content; } else def)
        (filter (def: priorityOf def == best) defs);
    };
  sortProperties = defs:
    sort (a: b: (a.priority or defaultOrderPriority) < (b.priority or defaultOrderPriority))
      (map (def: if tagOf def.value == "order" then def // { value = def.value.content; inherit (def.value) priority; } else def) defs);

  mergeModules = prefix: modules:
    mergeModules' prefix modules (concatMap (m: map (config: { file = m._file; inherit config; }) (pushDownProperties m.config)) modules);
  mergeModules' = prefix: modules: configs:
    let
      subtree = m:
        if isAttrs m.options then m.options
        else throw "An option declaration for `${showOption prefix}' has type `${typeOf m.options}' rather than an attribute set. Did you mean to define this outside of `options'?";
      declarations = zipAttrsWith (_: lib.id) (map
        (m: mapAttrs (name: options: { inherit (m) _file; pos = unsafeGetAttrPos name m.options; inherit options; }) (subtree m))
        modules);
      sets = map
        (c: if isAttrs c.config then c
        else throw "In module `${c.file}', you're trying to define a value of type `${typeOf c.config}' rather than an attribute set for the option `${showOption prefix}'!")
        configs;
      raw = zipAttrsWith (_: lib.id) (map (c: mapAttrs (_: value: { inherit (c) file; inherit value; }) c.config) sets);
      pushed = zipAttrsWith (_: concatLists)
        (map (c: mapAttrs (_: value: map (config: { inherit (c) file; inherit config; }) (pushDownProperties value)) c.config) sets);
      asSubmodule = d: if isOption d.options then d else d // {
        options = mkOption { type = lib.types.submoduleWith { modules = [{ inherit (d) options; }]; shorthandOnlyDefinesConfig = null; }; };
      };
      leaf = loc: decls: name: {
        matchedOptions = evalOptionValue loc (fixupOptionType loc (mergeOptionDecls loc decls)) (raw.${name} or [ ]);
        unmatchedDefns = [ ];
      };
      results = mapAttrs
        (name: decls:
          let
            loc = prefix ++ [ name ];
            isDeclaration = d:
              if !(isAttrs d.options) || !(d.options ? _type) then false
              else if isOption d.options then true
              else throw "In module ${d._file}: expected an option declaration at option path `${showOption loc}` but got an attribute set with type ${d.options._type}";
            leaves = filter isDeclaration decls;
            others = filter (d: !(isDeclaration d)) decls;
          in
          if leaves == [ ] then mergeModules' loc decls (pushed.${name} or [ ])
          else if others == [ ] then leaf loc decls name
          else if all (d: (d.options.type.name or null) == "submodule") leaves then leaf loc (map asSubmodule decls) name
          else throw "The option `${showOption loc}' in module `${(head leaves)._file}' would be a parent of the following options, but its type `${(head leaves).options.type.description or "<no description>"}' does not support nested options.\n${lib.concatMapStringsSep "\n" (d: " - option(s) with prefix `${showOption (loc ++ attrNames d.options)}' in module `${d._file}'") others}")
        declarations;
      unmatched = mapAttrs (_: r: r.unmatchedDefns) results // removeAttrs raw (attrNames results);
    in
    {
      matchedOptions = mapAttrs (_: r: r.matchedOptions) results;
      unmatchedDefns =
        if configs == [ ] then [ ]
        else concatLists (lib.mapAttrsToList (name: map (def: def // { prefix = [ name ] ++ def.prefix or [ ]; })) unmatched);
    };

  mergeOptionDecls = loc: decls:
    let
      clash = res: decl: throw "The option `${showOption loc}' in `${decl._file}' is already declared in ${showFiles res.declarations}.";
      join = res: decl:
        let
          new = decl.options;
          both = name: res ? ${name} && new ? ${name};
          type = res.type.typeMerge new.type.functor;
          submodules = new.type.getSubModules or null;
        in
        if any both [ "default" "example" "description" "apply" ] then clash res decl
        else new // res // {
          declarations = res.declarations ++ [ decl._file ];
          declarationPositions = res.declarationPositions
            ++ [ (if (decl.pos or null) != null then decl.pos else { file = decl._file; line = null; column = null; }) ];
          options = (if submodules == null then [ ] else map (setDefaultModuleLocation decl._file) submodules) ++ res.options;
        } // (if !(both "type") then { } else if type == null then clash res decl else { inherit type; });
    in
    foldl' join { inherit loc; declarations = [ ]; declarationPositions = [ ]; options = [ ]; } decls;
  fixupOptionType = loc: option:
    if (option.type.getSubModules or null) == null then option // { type = option.type or lib.types.unspecified; }
    else option // { type = option.type.substSubModules option.options; options = [ ]; };

  evalOptionValue = loc: option: defs:
    let
      withDefault = lib.optional (option ? default) {
        file = if option.declarations == [ ] then unknownModule else head option.declarations;
        value = mkOptionDefault option.default;
      } ++ defs;
      result =
        if (option.readOnly or false) && length withDefault > 1
        then throw "The option `${showOption loc}' is read-only, but it's set multiple times. Definition values:${showDefs defs}"
        else mergeDefinitions loc option.type withDefault;
    in
    option // {
      value = addErrorContext "while evaluating the option `${showOption loc}':"
        (if option ? apply then option.apply result.mergedValue else result.mergedValue);
      inherit (result.defsFinal') highestPrio;
      inherit (result) isDefined;
      definitions = map (def: def.value) result.defsFinal;
      files = map (def: def.file) result.defsFinal;
      definitionsWithLocations = result.defsFinal;
      valueMeta = { };
      __toString = _: showOption loc;
    };
  mergeDefinitions = loc: type: defs: rec {
    defsFinal' =
      let
        discharged = concatMap
          (def: map (value: if tagOf value == "definition" then value else { inherit (def) file; inherit value; })
            (addErrorContext "while evaluating definitions from `${def.file}':" (dischargeProperties def.value)))
          defs;
        strongest = filterOverrides' discharged;
      in
      strongest // {
        values = if any (def: tagOf def.value == "order") strongest.values then sortProperties strongest.values else strongest.values;
      };
    defsFinal = defsFinal'.values;
    isDefined = defsFinal != [ ];
    mergedValue =
      if isDefined then
        if all (def: type.check def.value) defsFinal then type.merge loc defsFinal
        else throw "A definition for option `${showOption loc}' is not of type `${type.description}'. Definition values:${showDefs (filter (def: !type.check def.value) defsFinal)}"
      else type.emptyValue.value or (throw "The option `${showOption loc}' was accessed but has no value defined. Try setting the option.");
    optionalValue = if isDefined then { value = mergedValue; } else { };
    checkedAndMerged = { headError = null; value = mergedValue; valueMeta = { }; };
  };
  mergeAttrDefinitionsWithPrio = option:
    let
      located = concatMap
        (def: map (mapAttrs (_: value: def // { inherit value; })) (pushDownProperties def.value))
        option.definitionsWithLocations;
    in
    zipAttrsWith
      (name: defs:
        let
          merged = mergeDefinitions (option.loc ++ [ name ]) option.type.nestedTypes.elemType defs;
        in
        { value = merged.mergedValue; inherit (merged.defsFinal') highestPrio; })
      located;

  mkIf = condition: content: property "if" { inherit condition content; };
  mkMerge = contents: property "merge" { inherit contents; };
  mkOverride = priority: content: property "override" { inherit priority content; };
  mkOrder = priority: content: property "order" { inherit priority content; };
  mkDefinition = { file, value, ... }@args: property "definition" args;
  mkAssert = assertion: message: mkIf (if assertion then true else throw "\nFailed assertion: ${message}");
  mkOptionDefault = mkOverride 1500;
  mkDefault = mkOverride 1000;
  defaultOverridePriority = 100;
  defaultOrderPriority = 1000;

  mkAliasAndWrapDefinitions = wrap: { isDefined, definitions, ... }: mkIf isDefined (wrap (mkMerge definitions));
  mkAliasAndWrapDefsWithPriority = wrap: option:
    mkIf option.isDefined (wrap (mkMerge (map (mkOverride (option.highestPrio or defaultOverridePriority)) option.definitions)));
  doRename = { from, to, visible, warn, use, withPriority ? true, condition ? true }: { config, options, ... }:
    let
      old = lib.getAttrFromPath from options;
      type = (lib.attrByPath to { } options).type or (lib.types.submodule { });
      missing = throw "Renaming error: option `${showOption to}' does not exist.";
      forward = if withPriority then mkAliasAndWrapDefsWithPriority else mkAliasAndWrapDefinitions;
    in
    {
      options = lib.setAttrByPath from (mkOption {
        inherit visible type;
        description = "Another name of {option}`${showOption to}`.";
        apply = _: use (lib.attrByPath to missing config);
      });
      config = mkIf condition (mkMerge [
        (lib.optionalAttrs (options ? warnings) {
          warnings = lib.optional (warn && old.isDefined)
            "The option `${showOption from}' defined in ${showFiles old.files} has been renamed to `${showOption to}'.";
        })
        (forward (lib.setAttrByPath to) old)
      ]);
    };
  obsolete = from: to: lib.warn "Obsolete option `${showOption from}' is used. It was renamed to `${showOption to}'.";
in
rec {
  inherit
    applyModuleArgsIfFunction defaultOrderPriority defaultOverridePriority dischargeProperties doRename evalModules
    evalOptionValue filterOverrides' fixupOptionType mergeAttrDefinitionsWithPrio mergeDefinitions mergeModules
    mergeModules' mergeOptionDecls mkAliasAndWrapDefinitions mkAliasAndWrapDefsWithPriority mkAssert mkDefault
    mkDefinition mkIf mkMerge mkOptionDefault mkOrder mkOverride pushDownProperties setDefaultModuleLocation
    sortProperties unifyModuleSyntax;
  filterOverrides = defs: (filterOverrides' defs).values;
  fixMergeModules = modules: args: evalModules { inherit modules args; check = false; };
  mapDefinitionValue = f: def:
    let
      tag = tagOf def;
    in
    if tag == "merge" then def // { contents = map (mapDefinitionValue f) def.contents; }
    else if elem tag [ "if" "override" "order" ] then def // { content = mapDefinitionValue f def.content; }
    else if tag == "definition" then def // { value = mapDefinitionValue f def.value; }
    else f def;
  mkImageMediaOverride = mkOverride 60;
  mkForce = mkOverride 50;
  mkVMOverride = mkOverride 10;
  mkFixStrictness = lib.id;
  mkBefore = mkOrder 500;
  mkAfter = mkOrder 1500;
  mkAliasDefinitions = mkAliasAndWrapDefinitions lib.id;
  mkAliasIfDef = option: mkIf option.isDefined;
  mkDerivedConfig = option: f: mkOverride (option.highestPrio or defaultOverridePriority) (f option.value);
  importApply = path: argument: setDefaultModuleLocation path (import path argument);
  importJSON = file: { _file = file; config = lib.importJSON file; };
  importTOML = file: { _file = file; config = lib.importTOML file; };

  mkRemovedOptionModule = path: advice: { options, ... }: {
    options = lib.setAttrByPath path (mkOption {
      visible = false;
      apply = _: throw "The option `${showOption path}' can no longer be used since it's been removed. ${advice}";
    });
    config.assertions =
      let
        option = lib.getAttrFromPath path options;
      in
      [{
        assertion = !option.isDefined;
        message = "The option definition `${showOption path}' in ${showFiles option.files} no longer has any effect; please remove it.\n${advice}\n";
      }];
  };
  mkRenamedOptionModule = from: to: doRename { inherit from to; visible = false; warn = true; use = obsolete from to; };
  mkRenamedOptionModuleWith = { from, to, sinceRelease }:
    let
      warn = lib.oldestSupportedReleaseIsAtLeast sinceRelease;
    in
    doRename { inherit from to warn; visible = false; use = if warn then obsolete from to else lib.id; };
  mkAliasOptionModule = from: to: doRename { inherit from to; visible = true; warn = false; use = lib.id; };
  mkAliasOptionModuleMD = mkAliasOptionModule;
  mkMergedOptionModule = from: to: merge: { config, options, ... }:
    let
      unset = "_mkMergedOptionModule";
      isSet = path: lib.getAttrFromPath path config != unset;
    in
    {
      options = foldl' lib.recursiveUpdate { } (map (path: lib.setAttrByPath path (mkOption { visible = false; default = unset; })) from);
      config = {
        warnings = map
          (path: "The option `${showOption path}' defined in ${showFiles (lib.getAttrFromPath path options).files} has been changed to `${showOption to}' that has a different type. Please read `${showOption to}' documentation and update your configuration accordingly.")
          (filter isSet from);
      } // lib.setAttrByPath to (mkMerge (lib.optional (any isSet from) (merge config)));
    };
  mkChangedOptionModule = from: mkMergedOptionModule [ from ];
}
