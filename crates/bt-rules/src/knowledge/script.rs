//! What a shell script may create: `extraCommands`, `runCommand`.

/// Commands that create nothing which they do not name.
const PLAIN: &[&str] =
    &[":", "cd", "chgrp", "chmod", "chown", "echo", "mkdir", "rm", "rmdir", "set", "touch", "true", "umask"];

/// Commands that create what they name, and what is in a directory that they name.
const COPYING: &[&str] = &["cat", "cp", "install", "ln", "mv", "printf"];

/// Whether a script may create a path, given without its leading slash. `false` only when that is sure.
pub(crate) fn may_create(script: &str, path: &str) -> bool {
    let (directories, file) = path.trim_matches('/').rsplit_once('/').unwrap_or(("", path));
    if script.contains(file) {
        return true;
    }
    commands(script).iter().any(|command| {
        let mut words = command.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
        let program = words.next().map_or("", last_part);
        if PLAIN.contains(&program) {
            return false;
        }
        let is_tree = |word: &str| {
            // What is copied to a directory, or as one, may hold the file under a name that the script does not mention.
            word.contains('*') || directories.split('/').any(|part| !part.is_empty() && part == last_part(word))
        };
        let is_recursive = |word: &str| program == "cp" && is_flag_with(word, &['r', 'R', 'a']);
        !COPYING.contains(&program) || words.any(|word| is_tree(word) || is_recursive(word))
    })
}

fn last_part(word: &str) -> &str {
    let word = word.trim_end_matches(['/', '.']);
    word.rsplit('/').next().unwrap_or(word)
}

/// The simple commands of a script; comments are left out.
fn commands(script: &str) -> Vec<String> {
    let joined = script.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let parts = lines.flat_map(|line| line.split("&&").flat_map(|part| part.split([';', '|'])));
    parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_string).collect()
}

fn is_flag_with(word: &str, letters: &[char]) -> bool {
    word.starts_with('-') && (word.contains(letters) || word == "--recursive" || word == "--archive")
}

#[cfg(test)]
mod tests {
    use super::may_create;

    #[test]
    fn directories_are_no_files() {
        let script = "# prepare\nmkdir -p ./tmp var/lib && chmod 1777 tmp\necho done\n";
        assert!(!may_create(script, "etc/passwd"));
        assert!(!may_create("", "bin/app"));
        assert!(may_create(script, "var/lib"));
    }

    #[test]
    fn what_is_named_may_be_created() {
        assert!(may_create("ln -s /nix/store/x/bin/app bin/server", "bin/server"));
        assert!(!may_create("ln -s /nix/store/x/run start", "bin/server"));
        assert!(may_create("echo root:x:0:0 > etc/passwd", "etc/passwd"));
        assert!(may_create("cp /nix/store/x app", "app/server"));
        assert!(may_create("ln -s /nix/store/x/bin/env $out/usr/bin", "usr/bin/curl"));
        assert!(!may_create("mkdir -p $out/bin\nln -s /nix/store/x/bin/bash $out/bin/sh", "bin/curl"));
    }

    #[test]
    fn anything_may_come_from_a_program_or_a_tree() {
        for script in ["tar xf rootfs.tar", "cp -r ./files/. .", "ln -s /nix/store/x/bin/* bin/", "if true; then x; fi"]
        {
            assert!(may_create(script, "bin/app"), "{script}");
        }
    }
}
