# Jobs are named by attribute path; systems without a runner have none.
let
  githubPlatforms = {
    "aarch64-darwin" = "macos-14";
    "aarch64-linux" = "ubuntu-22.04-arm";
    "x86_64-darwin" = "macos-13";
    "x86_64-linux" = "ubuntu-22.04";
  };
in
{
  inherit githubPlatforms;
  mkGithubMatrix = { checks, attrPrefix ? "githubActions.checks", platforms ? githubPlatforms }: {
    inherit checks;
    matrix.include = builtins.concatMap
      (system: map
        (name: {
          inherit name system;
          os = if builtins.isList platforms.${system} then platforms.${system} else [ platforms.${system} ];
          attr = if attrPrefix == "" then "${system}.\"${name}\"" else "${attrPrefix}.${system}.\"${name}\"";
        })
        (builtins.attrNames checks.${system}))
      (builtins.filter (system: platforms ? ${system}) (builtins.attrNames checks));
  };
}
