{ config, lib, system, ... }: {
  options.greeting = lib.mkOption { type = lib.types.str; };
  config.legacyPackages.greeting = "${config.greeting} on ${system}";
}
