{ lib, ... }: {
  options.flake.word = lib.mkOption { type = lib.types.str; };
  config.flake.word = "from a file";
}
