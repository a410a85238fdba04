# A download as a fixed-output derivation of the builder that is part of Nix.
{
  system ? "builtin",
  url,
  hash ? "",
  md5 ? "",
  sha1 ? "",
  sha256 ? "",
  sha512 ? "",
  outputHash ?
    if hash != "" then
      hash
    else if sha512 != "" then
      sha512
    else if sha256 != "" then
      sha256
    else if sha1 != "" then
      sha1
    else
      md5,
  outputHashAlgo ?
    if hash != "" then
      ""
    else if sha512 != "" then
      "sha512"
    else if sha256 != "" then
      "sha256"
    else if sha1 != "" then
      "sha1"
    else
      "md5",
  executable ? false,
  unpack ? false,
  name ? baseNameOf (toString url),
  impure ? false,
}:
derivation (
  {
    inherit
      name
      url
      executable
      unpack
      ;
    builder = "builtin:fetchurl";
    outputHashMode = if unpack || executable then "recursive" else "flat";
    system = "builtin";
    # Nothing of the build machine is needed.
    preferLocalBuild = true;
    impureEnvVars = [
      "http_proxy"
      "https_proxy"
      "ftp_proxy"
      "all_proxy"
      "no_proxy"
    ];
    # What older versions of Nix wanted to see.
    urls = [ url ];
  }
  // (if impure then { __impure = true; } else { inherit outputHashAlgo outputHash; })
)
