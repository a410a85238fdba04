# A module from a TOML file. Its imports name modules of devshell, which are not known here.
file: { lib, ... }: { _file = file; config = removeAttrs (lib.importTOML file) [ "imports" ]; }
