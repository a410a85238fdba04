# Made into the .drv files of ./derivations by ./make; see ./README.md.
let
  sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  derivationWith =
    arguments:
    derivation (
      {
        system = "x86_64-linux";
        builder = "/bin/sh";
      }
      // arguments
    );

  simple = derivationWith { name = "simple"; };

  escapes = derivationWith {
    name = "escapes";
    builder = "/bin/\"s\\h\n";
    args = [
      "plain"
      ""
      "tab\there"
      "line\nfeed and carriage\rreturn"
      "a quote \" at the thirty-second byte and then a long clean run without anything to escape in it at all \\"
      "umlaut ä, \${not interpolated}"
    ];
    "odd name\n" = "\"";
    empty = "";
  };

  multiple = derivationWith {
    name = "multiple-1.0";
    outputs = [
      "out"
      "dev"
      "doc"
    ];
  };

  withoutOut = derivationWith {
    name = "without-out";
    outputs = [
      "bin"
      "lib"
    ];
  };

  structured = derivationWith {
    name = "structured";
    __structuredAttrs = true;
    outputs = [
      "out"
      "dev"
    ];
    nested.list = [
      1
      true
      null
      "${simple}"
    ];
  };

  source = builtins.toFile "source.txt" "some text\n";
  referring = builtins.toFile "referring.txt" "see ${source}\n";
  tree = builtins.path {
    name = "tree";
    path = ./tree;
  };

  sources = derivationWith {
    name = "sources";
    src = referring;
    inherit source tree;
  };

  fixed =
    name: outputHashAlgo: outputHashMode: outputHash:
    derivationWith {
      inherit
        name
        outputHash
        outputHashAlgo
        outputHashMode
        ;
    };

  md5Flat = fixed "md5-flat" "md5" "flat" "d41d8cd98f00b204e9800998ecf8427e";
  sha1Recursive = fixed "sha1-recursive" "sha1" "recursive" "143xibwh31h9bvxzalr0sjvbbvpa6ffs";
  sha256Flat = fixed "sha256-flat" "sha256" "flat" sha256;
  sha256Recursive = fixed "sha256-recursive" "sha256" "recursive" sha256;
  sha512Flat =
    fixed "sha512-flat" null "flat"
      "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
  sha512Recursive =
    fixed "sha512-recursive" null "recursive"
      "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==";
  emptyHash = fixed "empty-hash" "sha256" "recursive" "";

  # The same file, fetched in two ways: two derivations, one hash, which must be merged in what uses both.
  fetched =
    how:
    derivationWith {
      name = "fetched";
      inherit how;
      outputHash = sha256;
      outputHashAlgo = "sha256";
      tool = simple;
    };

  # A fixed output that is made from another one.
  nestedFixed = derivationWith {
    name = "nested-fixed";
    src = fetched "first";
    inherit md5Flat;
    outputHash = sha256;
    outputHashAlgo = "sha256";
    outputHashMode = "recursive";
  };

  inputs = derivationWith {
    name = "inputs";
    args = [
      "-c"
      "echo ${simple} ${multiple.dev} > $out"
    ];
    inherit
      escapes
      multiple
      withoutOut
      structured
      sources
      md5Flat
      sha1Recursive
      sha256Flat
      sha256Recursive
      sha512Flat
      sha512Recursive
      emptyHash
      ;
    lib = withoutOut.lib;
  };

  merged = derivationWith {
    name = "merged";
    outputs = [
      "out"
      "lib"
    ];
    first = fetched "first";
    second = fetched "second";
    inherit nestedFixed inputs;
    inherit (multiple) dev doc;
  };

  # Refers to a derivation file itself, and to all that it is built from.
  files = derivationWith {
    name = "files";
    file = multiple.drvPath;
  };

  floating = derivationWith {
    name = "floating";
    __contentAddressed = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
    outputs = [
      "out"
      "dev"
    ];
    inherit simple;
  };

  deferred = derivationWith {
    name = "deferred";
    outputs = [
      "out"
      "dev"
    ];
    inherit floating;
    inherit (floating) dev;
  };

  aboveDeferred = derivationWith {
    name = "above-deferred";
    inherit deferred simple;
    header = deferred.dev;
  };

  impure = derivationWith {
    name = "impure";
    __impure = true;
    outputHashMode = "recursive";
    outputHashAlgo = "sha256";
  };

  aboveImpure = derivationWith {
    name = "above-impure";
    __impure = true;
    inherit impure;
  };
in
[
  merged
  files
  aboveDeferred
  aboveImpure
]
