let
  convert = hash: hashAlgo: toHashFormat: builtins.convertHash { inherit hash hashAlgo toHashFormat; };
  hashes = {
    md5 = "900150983cd24fb0d6963f7d28e17f72";
    sha1 = "A9993E364706816ABA3E25717850C26C9CD0D89D";
    sha256 = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
    sha512 = "2gs8k559z4rlahfx0y688s49m2vvszylcikrfinm30ly9rak69236nkam5ydvly1ai7xac99vxfc4ii84hawjbk876blyk1jfhkbbyx";
  };
in
builtins.mapAttrs (
  algorithm: hash:
  map (convert hash algorithm) [ "base16" "nix32" "base64" "sri" ]
) hashes
// {
  prefixed = builtins.convertHash { hash = "sha1:kpcd173cq987hw957sx6m0868wv3x6d9"; toHashFormat = "sri"; };
  newlines = convert "kAFQmDzST7DW\nlj99KOF/cg=" "md5" "base16";
}
