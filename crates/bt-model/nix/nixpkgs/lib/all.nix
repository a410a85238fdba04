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
      licenses = (topic ./licenses.nix).licenses;
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
      maintainers = (topic ./licenses.nix).maintainers;
      teams = (topic ./licenses.nix).teams;
      licensesSpdx = (topic ./licenses.nix).licensesSpdx;

      inherit builtins;
      inherit (builtins)
        addErrorContext all any attrNames attrValues baseNameOf bitAnd bitOr bitXor catAttrs compareVersions concatLists
        concatMap deepSeq dirOf elem elemAt filter fromJSON fromTOML functionArgs genericClosure genList getAttr
        getContext hasAttr hasContext hashFile hashString head intersectAttrs isAttrs isBool isFloat isInt isList isPath
        isString length lessThan listToAttrs map match parseDrvName partition pathExists placeholder readDir readFile
        removeAttrs replaceStrings seq sort split splitVersion stringLength sub substring tail toFile toJSON toPath
        toString toXML trace tryEval typeOf unsafeDiscardOutputDependency unsafeDiscardStringContext unsafeGetAttrPos;

      inherit (self.trivial)
        add bitNot boolToString boolToYesNo ceil compare concat const defaultTo div flip floor fromHexString id
        importJSON importTOML inNixShell inPureEvalMode info isFunction isInOldestRelease max mergeAttrs min
        mirrorFunctionArgs mod mul naturalSort nixpkgsVersion oldestSupportedReleaseIsAtLeast or pathType
        pathIsDirectory pathIsRegularFile pipe release and revisionWithDefault setFunctionArgs splitByAndCompare throwIf
        throwIfNot toBaseDigits toFunction toHexString version versionSuffix warn warnIf warnIfNot xor mapNullable
        checkListOfEnum codeName showWarnings;

      inherit (self.fixedPoints)
        composeExtensions composeManyExtensions converge extends fix fix' makeExtensible makeExtensibleWithCustomName
        toExtension;

      inherit (self.attrsets)
        attrByPath attrsToList attrVals cartesianProduct cartesianProductOfSets chooseDevOutputs collect
        concatMapAttrs filterAttrs filterAttrsRecursive foldAttrs foldlAttrs genAttrs genAttrs' getAttrFromPath getAttrs
        getBin getDev getFirstOutput getInclude getLib getMan getOutput getStatic hasAttrByPath isDerivation
        longestValidPathPrefix mapAttrs mapAttrs' mapAttrsRecursive mapAttrsRecursiveCond mapAttrsToList
        mapAttrsToListRecursive mapAttrsToListRecursiveCond mapCartesianProduct matchAttrs maybeAttr mergeAttrsList
        nameValuePair optionalAttrs overrideExisting recurseIntoAttrs dontRecurseIntoAttrs recursiveUpdate
        recursiveUpdateUntil removeAttrsByPath setAttrByPath showAttrPath toDerivation unionOfDisjoint
        updateManyAttrsByPath zipAttrs zipAttrsWith zipAttrsWithNames zipWithNames catAttrsRecursive hydraJobsOnly
        concatMapAttrsWith;

      inherit (self.lists)
        allUnique commonPrefix compareLists concatAttrValues count crossLists drop dropEnd findFirst findFirstIndex
        findSingle flatten fold foldl foldl' foldr forEach groupBy groupBy' hasPrefixList ifilter0 imap imap0 imap1
        init intersectLists intersperse isSingleton last listDfs mutuallyExclusive optional optionals range remove
        removePrefixList replaceElemAt replicate reverseList singleton sortOn sublist subtractLists take takeEnd toList
        toposort unique uniqueStrings zipLists zipListsWith lazyGenericClosure;

      inherit (self.strings)
        addContextFrom appendContext asciiTable charToInt cmakeBool cmakeFeature cmakeOptionType commonPrefixLength
        commonSuffixLength concatImapStrings concatImapStringsSep concatLines concatMapAttrsStringSep concatMapStrings
        concatMapStringsSep concatStrings concatStringsSep enableFeature enableFeatureAs escape escapeC escapeNixIdentifier
        escapeNixString escapeRegex escapeShellArg escapeShellArgs escapeURL escapeXML fileContents fixedWidthNumber
        fixedWidthString floatToString getName getVersion hasInfix hasPrefix hasSuffix isConvertibleWithToString
        isStorePath isStringLike isValidPosixName join levenshtein levenshteinAtMost lowerChars makeBinPath
        makeIncludePath makeLibraryPath makeSearchPath makeSearchPathOutput mesonBool mesonEnable mesonOption
        nameFromURL normalizePath optionalString readPathsFromFile removePrefix removeSuffix replaceChars replaceString
        sanitizeDerivationName splitString splitStringBy stringAsChars stringToCharacters toCamelCase toInt toIntBase10
        toLower toSentenceCase toShellVar toShellVars toUpper trim trimWith upperChars validatePkgConfigName
        versionAtLeast versionOlder withFeature withFeatureAs;

      inherit (self.stringsWithDeps)
        fullDepEntry noDepEntry packEntry stringAfter textClosureList textClosureMap;

      inherit (self.customisation)
        callPackagesWith callPackageWith extendDerivation extendMkDerivation hydraJob makeOverridable makeScope
        makeScopeWithSplicing makeScopeWithSplicing' overrideDerivation renameCrossIndexFrom renameCrossIndexTo
        mapCrossIndex;

      inherit (self.derivations) lazyDerivation optionalDrvAttr warnOnInstantiate addDrvOutputDependencies;

      inherit (self.sources)
        canCleanSource cleanSource cleanSourceFilter cleanSourceWith commitIdFromGitRepo pathHasContext pathIsGitRepo
        repoRevToName revOrTag sourceByRegex sourceFilesBySuffices urlToName;
      sourceTypes = { sourceTypesModel = true; } // self.licenseData.sourceTypes;
      licenseData = topic ./licenses.nix;

      inherit (self.filesystem) listFilesRecursive locateDominatingFile packagesFromDirectoryRecursive resolveDefaultNix;

      inherit (self.modules)
        applyModuleArgsIfFunction dischargeProperties doRename evalModules evalOptionValue filterOverrides
        fixMergeModules fixupOptionType importApply importJSONModule mergeDefinitions mergeModules mergeModules'
        mergeOptionDecls mkAfter mkAliasAndWrapDefinitions mkAliasAndWrapDefsWithPriority mkAliasDefinitions
        mkAliasIfDef mkAliasOptionModule mkAliasOptionModuleMD mkAssert mkBefore mkChangedOptionModule mkDefault
        mkDefinition mkDerivedConfig mkFixStrictness mkForce mkIf mkImageMediaOverride mkMerge mkMergedOptionModule
        mkOptionDefault mkOrder mkOverride mkRemovedOptionModule mkRenamedOptionModule mkRenamedOptionModuleWith
        mkVMOverride pushDownProperties setDefaultModuleLocation sortProperties unifyModuleSyntax;

      inherit (self.options)
        getFiles getValue getValues isOption literalExample literalExpression literalMD mergeDefaultOption
        mergeEqualOption mergeOneOption mergeUniqueOption mkEnableOption mkOption mkPackageOption
        mkPackageOptionMD mkSinkUndeclaredOptions optionAttrSetToDocList optionAttrSetToDocList' renderOptionValue
        scrubOptionValue showDefs showFiles showOption showOptionWithDefLocs unknownModule;

      inherit (self.types) defaultTypeMerge isOptionType isType mkOptionType setType;
      nixType = self.types;
      defaultFunctor = self.types.defaultFunctor;

      inherit (self.meta)
        addMetaAttrs appendToName availableOn dontDistribute getExe getExe' getLicenseFromSpdxId
        getLicenseFromSpdxIdOr hiPrio hiPrioSet licensesSpdxList lowPrio lowPrioSet mapDerivationAttrset platformMatch
        setName setPrio updateName;

      inherit (self.generators) mkLuaInline;
      inherit (self.cli) toGNUCommandLine toGNUCommandLineShell;
      inherit (self.asserts) assertEachOneOf assertMsg assertOneOf;
      inherit (self.debug)
        addErrorContextToAttrs runTests testAllTrue traceFnSeqN traceIf traceSeq traceSeqN traceVal traceValFn
        traceValIfNot traceValSeq traceValSeqFn traceValSeqN traceValSeqNFn;
      inherit (self.fetchers) fakeHash fakeSha256 fakeSha512;
      inherit (self.flakes) flakeRefToString parseFlakeRef;
      inherit (self.network.ipv6) mkEUI64Suffix;
      inherit (self.misc)
        addAttr checkFlag checkReqs closePropagation condConcat defaultMerge defaultMergeArg foldArgs genericClosureOf
        ifEnable imapModel innerClosePropagation innerModifySumArgs lazyGenericClosureOf maybeAttrNullable maybeEnv
        mergeAttrBy mergeAttrByFunc mergeAttrsByFuncDefaults mergeAttrsByFuncDefaultsClean
        mergeAttrsConcatenateValues mergeAttrsNoOverride mergeAttrsWithFunc modifySumArgs nvs setAttr setAttrMerge
        uniqList uniqListExt getAttrsModel;
    });
in
boot
