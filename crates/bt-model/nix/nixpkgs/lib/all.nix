# The library as one extensible fixed point. Every name is listed here so that a topic file is only read and parsed
# when one of its functions is used: most evaluations need three or four of them.
{ bt }:
let
  make = import ./fixed-points.nix { lib = boot; };
  boot = make.makeExtensible (self:
    let
      topic = file: import file { lib = self; inherit bt; };
    in
    {
      trivial = topic ./trivial.nix;
      fixedPoints = topic ./fixed-points.nix;
      attrsets = topic ./attrsets.nix;
      lists = topic ./lists.nix;
      strings = topic ./strings.nix;
      stringsWithDeps = topic ./strings-with-deps.nix;
      customisation = topic ./customisation.nix;
      derivations = topic ./derivations.nix;
      sources = topic ./sources.nix;
      fileset = topic ./fileset.nix;
      path = topic ./path.nix;
      filesystem = topic ./filesystem.nix;
      modules = topic ./modules.nix;
      options = topic ./options.nix;
      types = topic ./types.nix;
      meta = topic ./meta.nix;
      platforms = topic ./platforms.nix;
      systems = topic ./systems.nix;
      versions = topic ./versions.nix;
      generators = topic ./generators.nix;
      gvariant = topic ./gvariant.nix;
      cli = topic ./cli.nix;
      debug = topic ./debug.nix;
      asserts = topic ./asserts.nix;
      fetchers = topic ./fetchers.nix;
      kernel = topic ./kernel.nix;
      flakes = topic ./flakes.nix;
      network = topic ./network.nix;
      misc = topic ./misc.nix;
      inherit (topic ./licenses.nix) licenses licensesSpdx maintainers teams sourceTypes;

      inherit (builtins)
        add addErrorContext all any appendContext attrNames attrValues baseNameOf bitAnd bitOr bitXor catAttrs
        compareVersions concatLists concatMap deepSeq dirOf div elem elemAt filter fromJSON fromTOML
        genericClosure genList getAttr getContext hasAttr hasContext hashFile hashString head intersectAttrs
        isAttrs isBool isFloat isInt isList isPath isString length lessThan listToAttrs map mapAttrs match mul
        parseDrvName partition pathExists placeholder readDir readFile removeAttrs replaceStrings seq sort split
        splitVersion stringLength sub substring tail toFile toJSON toString toXML trace tryEval typeOf
        unsafeDiscardOutputDependency unsafeDiscardStringContext unsafeGetAttrPos zipAttrsWith;
      inherit (self.trivial)
        and bitNot boolToString boolToYesNo ceil checkListOfEnum compare concat const defaultTo flip floor
        fromHexString functionArgs id importJSON importTOML info inNixShell inPureEvalMode isFunction
        isInOldestRelease mapNullable max mergeAttrs min mirrorFunctionArgs mod nixpkgsVersion
        oldestSupportedReleaseIsAtLeast or pipe setFunctionArgs showWarnings splitByAndCompare throwIf
        throwIfNot toBaseDigits toFunction toHexString version warn warnIf warnIfNot xor;
      inherit (self.fixedPoints)
        composeExtensions composeManyExtensions converge extends fix fix' makeExtensible
        makeExtensibleWithCustomName toExtension;
      inherit (self.attrsets)
        attrByPath attrsToList attrVals cartesianProduct cartesianProductOfSets chooseDevOutputs collect
        concatMapAttrs dontRecurseIntoAttrs filterAttrs filterAttrsRecursive foldAttrs foldlAttrs genAttrs
        genAttrs' getAttrFromPath getAttrs getBin getDev getFirstOutput getInclude getLib getMan getOutput
        getStatic hasAttrByPath isDerivation mapAttrs' mapAttrsRecursive mapAttrsRecursiveCond mapAttrsToList
        mapAttrsToListRecursive mapAttrsToListRecursiveCond mapCartesianProduct matchAttrs mergeAttrsList
        nameValuePair optionalAttrs overrideExisting recurseIntoAttrs recursiveUpdate recursiveUpdateUntil
        setAttrByPath showAttrPath toDerivation updateManyAttrsByPath zipAttrs zipAttrsWithNames zipWithNames;
      inherit (self.lists)
        allUnique compareLists concatAttrValues count crossLists drop dropEnd findFirst findSingle flatten fold
        foldl foldl' foldr forEach groupBy groupBy' ifilter0 imap0 imap1 init intersectLists intersperse last
        listDfs mutuallyExclusive naturalSort optional optionals range remove replaceElemAt replicate
        reverseList singleton sortOn sublist subtractLists take takeEnd toList toposort unique uniqueStrings
        zipLists zipListsWith;
      inherit (self.strings)
        addContextFrom cmakeBool cmakeFeature cmakeOptionType concatImapStrings concatImapStringsSep concatLines
        concatMapAttrsStringSep concatMapStrings concatMapStringsSep concatStrings concatStringsSep
        enableFeature enableFeatureAs escape escapeRegex escapeShellArg escapeShellArgs escapeURL escapeXML
        fileContents fixedWidthNumber fixedWidthString getName getVersion hasInfix hasPrefix hasSuffix
        isCoercibleToString isStorePath isStringLike isValidPosixName join lowerChars makeBinPath
        makeIncludePath makeLibraryPath makeSearchPath makeSearchPathOutput mesonBool mesonEnable mesonOption
        nameFromURL optionalString readPathsFromFile removePrefix removeSuffix replaceChars replaceString
        splitString splitStringBy stringAsChars stringToCharacters toCamelCase toInt toIntBase10 toLower
        toSentenceCase toShellVar toShellVars toUpper trim trimWith upperChars versionAtLeast versionOlder
        withFeature withFeatureAs;
      inherit (self.stringsWithDeps)
        fullDepEntry noDepEntry packEntry stringAfter textClosureList textClosureMap;
      inherit (self.customisation)
        callPackagesWith callPackageWith extendDerivation extendMkDerivation hydraJob makeOverridable makeScope
        makeScopeWithSplicing makeScopeWithSplicing' mapCrossIndex overrideDerivation renameCrossIndexFrom
        renameCrossIndexTo;
      inherit (self.derivations)
        addDrvOutputDependencies lazyDerivation optionalDrvAttr warnOnInstantiate;
      inherit (self.sources)
        canCleanSource cleanSource cleanSourceFilter cleanSourceWith commitIdFromGitRepo pathHasContext
        pathIsGitRepo repoRevToName revOrTag sourceByRegex sourceFilesBySuffices;
      inherit (self.filesystem)
        packagesFromDirectoryRecursive pathIsDirectory pathIsRegularFile pathType readFileType;
      inherit (self.modules)
        applyModuleArgsIfFunction dischargeProperties doRename evalModules evalOptionValue filterOverrides
        fixMergeModules fixupOptionType mergeDefinitions mergeModules mergeModules' mergeOptionDecls mkAfter
        mkAliasAndWrapDefinitions mkAliasDefinitions mkAliasOptionModule mkAliasOptionModuleMD mkAssert mkBefore
        mkChangedOptionModule mkDefault mkDefinition mkDerivedConfig mkFixStrictness mkForce mkIf
        mkImageMediaOverride mkMerge mkMergedOptionModule mkOptionDefault mkOrder mkOverride
        mkRemovedOptionModule mkRenamedOptionModule mkRenamedOptionModuleWith mkVMOverride pushDownProperties
        setDefaultModuleLocation sortProperties unifyModuleSyntax;
      inherit (self.options)
        getFiles getValues isOption literalExample literalExpression literalMD mergeDefaultOption
        mergeEqualOption mergeOneOption mergeUniqueOption mkEnableOption mkOption mkPackageOption
        mkPackageOptionMD mkSinkUndeclaredOptions optionAttrSetToDocList optionAttrSetToDocList'
        scrubOptionValue showFiles showOption showOptionWithDefLocs unknownModule;
      inherit (self.types)
        defaultFunctor defaultTypeMerge isOptionType isType mkOptionType setType;
      inherit (self.meta)
        addMetaAttrs appendToName dontDistribute getExe getExe' getLicenseFromSpdxId getLicenseFromSpdxIdOr
        hiPrio hiPrioSet lowPrio lowPrioSet mapDerivationAttrset setName setPrio updateName;
      inherit (self.generators)
        mkLuaInline;
      inherit (self.cli)
        toGNUCommandLine toGNUCommandLineShell;
      inherit (self.asserts)
        assertMsg assertOneOf;
      inherit (self.debug)
        runTests testAllTrue traceFnSeqN traceIf traceSeq traceSeqN traceVal traceValFn traceValSeq
        traceValSeqFn traceValSeqN traceValSeqNFn;
      inherit (self.fetchers)
        fakeHash fakeSha256 fakeSha512;
      inherit (self.flakes)
        flakeRefToString parseFlakeRef;
      inherit (self.misc)
        closePropagation ifEnable imap lazyGenericClosure maybeAttr maybeAttrNullable maybeEnv
        mergeAttrsConcatenateValues mergeAttrsWithFunc nvs setAttr setAttrMerge uniqList;
      inherit (self.network.ipv6) mkEUI64Suffix;
      convertHash = builtins.convertHash or (_: throw "builtins.convertHash is not available");
      filterSource = builtins.filterSource;
    });
in
boot
