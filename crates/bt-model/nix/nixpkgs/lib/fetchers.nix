# Fake hashes and what fetchers share.
{ lib, ... }:
rec {
  fakeHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  fakeSha256 = lib.strings.replicate 64 "0";
  fakeSha512 = lib.strings.replicate 128 "0";
  proxyImpureEnvVars = [
    "http_proxy" "https_proxy" "ftp_proxy" "all_proxy" "no_proxy"
    "HTTP_PROXY" "HTTPS_PROXY" "FTP_PROXY" "ALL_PROXY" "NO_PROXY" "NIX_SSL_CERT_FILE"
  ];
  normalizeHash = { hashTypes ? [ "sha256" ], required ? true }: args:
    let
      names = [ "hash" ] ++ hashTypes;
      given = builtins.filter (name: args ? ${name}) names;
      name = builtins.head given;
      fake = { hash = fakeHash; sha256 = fakeSha256; sha512 = fakeSha512; };
    in
    if args ? outputHash then args
    else if given == [ ] then (if required then throw "fetcher called without `hash`" else args)
    else if builtins.length given > 1
    then throw "fetcher called with mutually-incompatible arguments: ${lib.concatStringsSep ", " given}"
    else removeAttrs args names // {
      outputHashAlgo = if name == "hash" then null else name;
      outputHash = if args.${name} == "" then fake.${name} else args.${name};
    };
  withNormalizedHash = { hashTypes ? [ "sha256" ] }: fetcher:
    let
      formals = lib.functionArgs fetcher;
      normalize = normalizeHash { inherit hashTypes; required = !formals.outputHash; };
    in
    lib.setFunctionArgs (args: fetcher (normalize args))
      (removeAttrs formals [ "outputHash" "outputHashAlgo" ] // { hash = formals.outputHash; });
}
