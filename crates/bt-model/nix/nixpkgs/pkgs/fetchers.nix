# Fetchers. Their results have a name and an identity made of what is cheap to know; a hash is never looked at.
{ lib, builders, pkgs }:
let
  fetch = { identity, name ? (_: "source") }: lib.makeOverridable (args: builders.fixed {
    kind = "fetch";
    name = args.name or (name args);
    env = { btSource = identity args; };
    attrs = removeAttrs args [ "meta" "passthru" "name" ];
    meta = args.meta or { };
    passthru = args.passthru or { };
  });
  text = value: if builtins.isString value then builtins.unsafeDiscardStringContext value else "";
  url = args: text (args.url or (if args.urls or [ ] == [ ] then "" else builtins.head args.urls));
  revision = args: text (if args.tag or null != null then args.tag else args.rev or "");
  file = args: lib.strings.sanitizeDerivationName (baseNameOf (url args));
  forge = domain: fetch { identity = args: "${domain}/${text (args.owner or "")}/${text (args.repo or "")}/${revision args}"; };
  plain = fetch { identity = args: url args; };
  byFile = fetch { identity = url; name = file; };
in
{
  fetchurl = byFile;
  fetchurlBoot = byFile;
  fetchpatch = byFile;
  fetchpatch2 = byFile;
  fetchDebianPatch = fetch { identity = args: text (args.patch or ""); name = args: "${args.patch or "debian"}.patch"; };
  fetchzip = plain;
  fetchTarball = plain;
  fetchgit = fetch { identity = args: "${url args}/${revision args}"; };
  fetchgitPrivate = fetch { identity = args: "${url args}/${revision args}"; };
  fetchgitLocal = path: lib.cleanSource path;
  fetchsvn = fetch { identity = args: "${url args}/${text (args.rev or "")}"; };
  fetchhg = fetch { identity = args: "${url args}/${revision args}"; };
  fetchFromGitHub = forge "github.com";
  fetchFromGitLab = forge "gitlab.com";
  fetchFromGitea = forge "gitea";
  fetchFromForgejo = forge "forgejo";
  fetchFromCodeberg = forge "codeberg.org";
  fetchFromBitbucket = forge "bitbucket.org";
  fetchFromSourcehut = forge "sr.ht";
  fetchFromRepoOrCz = forge "repo.or.cz";
  fetchFromSavannah = forge "savannah.gnu.org";
  fetchPypi = fetch { identity = args: "pypi/${text args.pname}/${text args.version}"; name = args: "${args.pname}-${args.version}.tar.gz"; };
  fetchCrate = fetch { identity = args: "crates.io/${text args.pname}/${text args.version}"; name = args: "${args.pname}-${args.version}"; };
  fetchMavenArtifact = fetch { identity = args: "maven/${text (args.artifactId or "")}"; };
  requireFile = fetch { identity = url; name = args: args.name or (file args); };
  fetchNpmDeps = fetch { identity = args: text (args.name or "npm-deps"); name = _: "npm-deps"; };
  fetchYarnDeps = fetch { identity = args: text (args.name or "yarn-deps"); name = _: "yarn-deps"; };
  fetchPnpmDeps = fetch { identity = args: text (args.pname or "pnpm-deps"); name = _: "pnpm-deps"; };
  fetchNuGet = fetch { identity = args: "nuget/${text (args.pname or "")}"; };
  fetchtorrent = plain;
  fetchDocker = plain;
  # For the fetchers that are not listed.
  unknown = plain;
}
