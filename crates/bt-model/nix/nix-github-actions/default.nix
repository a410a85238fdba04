# A matrix of jobs: one for each attribute of each system.
let
  githubPlatforms = {
    aarch64-darwin = "macos-14";
    aarch64-linux = "ubuntu-24.04-arm";
    x86_64-darwin = "macos-13";
    x86_64-linux = "ubuntu-24.04";
  };
in
{
  inherit githubPlatforms;
  mkGithubMatrix = { checks, attrPrefix ? "githubActions.checks", platforms ? githubPlatforms }:
    let
      prefix = if attrPrefix == "" then "" else "${attrPrefix}.";
      listed = value: if builtins.isList value then value else [ value ];
      job = system: name: { inherit name system; os = listed platforms.${system}; attr = "${prefix}${system}.\"${name}\""; };
    in
    {
      inherit checks;
      matrix.include = builtins.concatMap (system: map (job system) (builtins.attrNames checks.${system})) (builtins.attrNames checks);
    };
}
