# pkgs.writers: one writer a language, all with the same two shapes.
{ lib, builders, pkgs }:
let
  # `name` may be a path such as /bin/foo; options may stand between the name and the text.
  script = interpreter: nameOrPath: optionsOrText:
    let
      isPath = lib.hasPrefix "/" nameOrPath;
      write = text: builders.writeTextFile {
        name = baseNameOf nameOrPath;
        destination = if isPath then nameOrPath else "";
        executable = true;
        text = "#!${interpreter}\n${toString text}\n";
        meta.mainProgram = baseNameOf nameOrPath;
      };
    in
    if builtins.isAttrs optionsOrText && !(lib.isDerivation optionsOrText) then write else write optionsOrText;
  pair = name: interpreter: [
    { inherit name; value = script interpreter; }
    { name = "${name}Bin"; value = n: script interpreter "/bin/${n}"; }
  ];
  # These always take options.
  optioned = name: interpreter: [
    { inherit name; value = n: _: script interpreter n; }
    { name = "${name}Bin"; value = n: _: script interpreter "/bin/${n}"; }
  ];
in
builtins.listToAttrs (
  pair "writeBash" pkgs.runtimeShell
  ++ pair "writeDash" "${pkgs.dash}/bin/dash"
  ++ pair "writeFish" "${pkgs.fish}/bin/fish"
  ++ pair "writeNu" "${pkgs.nushell}/bin/nu"
  ++ pair "writeBabashka" "${pkgs.babashka}/bin/bb"
  ++ pair "writeGuile" "${pkgs.guile}/bin/guile"
  ++ pair "writeElixir" "${pkgs.elixir}/bin/elixir"
  ++ optioned "writePython3" "${pkgs.python3}/bin/python3"
  ++ optioned "writePyPy3" "${pkgs.pypy3}/bin/pypy3"
  ++ optioned "writeJS" "${pkgs.nodejs}/bin/node"
  ++ optioned "writeRuby" "${pkgs.ruby}/bin/ruby"
  ++ optioned "writeLua" "${pkgs.lua}/bin/lua"
  ++ optioned "writePerl" "${pkgs.perl}/bin/perl"
  ++ optioned "writeHaskell" "${pkgs.ghc}/bin/runghc"
  ++ optioned "writeRust" "${pkgs.rustc}/bin/rustc"
  ++ optioned "writeNim" "${pkgs.nim}/bin/nim"
) // {
  writeJSON = name: value: ((import ./formats.nix { inherit lib builders; }).json { }).generate name value;
  writeYAML = name: value: ((import ./formats.nix { inherit lib builders; }).yaml { }).generate name value;
  writeTOML = name: value: ((import ./formats.nix { inherit lib builders; }).toml { }).generate name value;
  writeText = name: text:
    if lib.hasPrefix "/" name then builders.writeTextFile { name = baseNameOf name; inherit text; destination = name; }
    else builders.writeText name text;
  makeScriptWriter = { interpreter, ... }: script interpreter;
  makeScriptWriterBin = { interpreter, ... }: n: script interpreter "/bin/${n}";
}
