//! The registry: a rule is a file and its two lines here.

mod added_capability;
mod argument_file_missing;
mod colliding_contents;
mod command_not_a_list;
mod command_not_in_image;
mod command_not_store_path;
mod compiler_in_image;
mod compose_invalid;
mod control_socket_mount;
mod debug_tool_in_image;
mod dependency_cycle;
mod deprecated_contents;
mod duplicate_host_port;
mod duplicate_nixpkgs;
mod env_malformed;
mod exposed_ports_malformed;
mod file_in_contents;
mod floating_nixpkgs_ref;
mod forbidden_in_closure;
mod forbidden_package;
mod foreign_platform;
mod healthcheck_unrunnable;
mod healthy_without_healthcheck;
mod host_namespace;
mod ignore_without_reason;
mod image_name_invalid;
mod image_tag_drift;
mod image_tag_latest;
mod import_from_derivation;
mod impure_expression;
mod incomplete_analysis;
mod indirect_input;
mod insecure_input_url;
mod known_vulnerable_package;
mod lost_string_context;
mod malformed_ignore;
mod max_layers_invalid;
mod missing_bind_source;
mod missing_ca_certificates;
mod missing_follows;
mod missing_healthcheck;
mod missing_interpreter;
mod missing_labels;
mod missing_lock;
mod missing_resource_limits;
mod missing_restart_policy;
mod missing_tmp;
mod missing_tzdata;
mod nix_db_in_image;
mod no_command;
mod no_layer_headroom;
mod non_numeric_user;
mod non_upstream_nixpkgs;
mod noncanonical_config_key;
mod nonreproducible_created;
mod obsolete_version;
mod oversized_closure;
mod package_manager_in_image;
mod port_env_mismatch;
mod port_not_exposed;
mod port_out_of_range;
mod prebuilt_binary;
mod privileged_build_script;
mod privileged_port;
mod privileged_service;
mod relative_command;
mod relative_path_in_store;
mod root_user;
mod sandbox_escape;
mod secret_in_env;
mod secret_in_store;
mod security_profile_disabled;
mod sensitive_host_mount;
mod sensitive_volume;
mod setuid_file;
mod shell_form_command;
mod shell_in_image;
mod single_layer_image;
mod source_tree_in_image;
mod ssh_exposed;
mod stale_nixpkgs;
mod store_paths_excluded;
mod undeclared_state_dir;
mod undefined_reference;
mod unhashed_fetch;
mod unknown_service_host;
mod unknown_user;
mod unlocked_input;
mod unpinned_base_image;
mod unpinned_image;
mod unsupported_channel;
mod untracked_file;
mod untrusted_input_owner;
mod untrusted_registry;
mod untrusted_substituter;
mod unused_definition;
mod unused_ignore;
mod user_database_conflict;
mod wildcard_port_binding;
mod workdir_missing;
mod writable_root_filesystem;

use crate::rule::Rule;

pub(crate) use compiler_in_image::COMPILERS;
pub(crate) use debug_tool_in_image::{PROGRAMS as TOOL_PROGRAMS, TOOLS};
pub(crate) use package_manager_in_image::PACKAGE_MANAGERS;
pub(crate) use secret_in_store::secret_name;

#[cfg(test)]
pub(crate) use root_user::RULE as ROOT_USER;

pub(crate) use import_from_derivation::RULE as IMPORT_FROM_DERIVATION;
pub(crate) use impure_expression::RULE as IMPURE_EXPRESSION;
pub(crate) use unhashed_fetch::RULE as UNHASHED_FETCH;
pub(crate) use unused_ignore::RULE as UNUSED_IGNORE;

/// Every rule, by code.
pub(crate) static ALL: &[&Rule] = &[
    &UNUSED_IGNORE,
    &malformed_ignore::RULE,
    &ignore_without_reason::RULE,
    &incomplete_analysis::RULE,
    &root_user::RULE,
    &unknown_user::RULE,
    &non_numeric_user::RULE,
    &no_command::RULE,
    &command_not_a_list::RULE,
    &relative_command::RULE,
    &command_not_in_image::RULE,
    &lost_string_context::RULE,
    &argument_file_missing::RULE,
    &shell_form_command::RULE,
    &exposed_ports_malformed::RULE,
    &port_out_of_range::RULE,
    &privileged_port::RULE,
    &ssh_exposed::RULE,
    &port_env_mismatch::RULE,
    &missing_healthcheck::RULE,
    &healthcheck_unrunnable::RULE,
    &env_malformed::RULE,
    &secret_in_env::RULE,
    &secret_in_store::RULE,
    &workdir_missing::RULE,
    &sensitive_volume::RULE,
    &undeclared_state_dir::RULE,
    &noncanonical_config_key::RULE,
    &command_not_store_path::RULE,
    &compose_invalid::RULE,
    &obsolete_version::RULE,
    &undefined_reference::RULE,
    &dependency_cycle::RULE,
    &healthy_without_healthcheck::RULE,
    &duplicate_host_port::RULE,
    &port_not_exposed::RULE,
    &unknown_service_host::RULE,
    &image_tag_drift::RULE,
    &missing_bind_source::RULE,
    &relative_path_in_store::RULE,
    &unpinned_image::RULE,
    &privileged_service::RULE,
    &control_socket_mount::RULE,
    &sensitive_host_mount::RULE,
    &host_namespace::RULE,
    &added_capability::RULE,
    &security_profile_disabled::RULE,
    &wildcard_port_binding::RULE,
    &missing_restart_policy::RULE,
    &missing_resource_limits::RULE,
    &writable_root_filesystem::RULE,
    &unused_definition::RULE,
    &shell_in_image::RULE,
    &compiler_in_image::RULE,
    &package_manager_in_image::RULE,
    &debug_tool_in_image::RULE,
    &forbidden_in_closure::RULE,
    &missing_ca_certificates::RULE,
    &missing_tzdata::RULE,
    &missing_tmp::RULE,
    &missing_interpreter::RULE,
    &setuid_file::RULE,
    &source_tree_in_image::RULE,
    &colliding_contents::RULE,
    &oversized_closure::RULE,
    &file_in_contents::RULE,
    &user_database_conflict::RULE,
    &forbidden_package::RULE,
    &missing_lock::RULE,
    &unlocked_input::RULE,
    &floating_nixpkgs_ref::RULE,
    &unsupported_channel::RULE,
    &stale_nixpkgs::RULE,
    &non_upstream_nixpkgs::RULE,
    &duplicate_nixpkgs::RULE,
    &missing_follows::RULE,
    &indirect_input::RULE,
    &insecure_input_url::RULE,
    &IMPURE_EXPRESSION,
    &UNHASHED_FETCH,
    &untracked_file::RULE,
    &IMPORT_FROM_DERIVATION,
    &image_tag_latest::RULE,
    &nonreproducible_created::RULE,
    &max_layers_invalid::RULE,
    &no_layer_headroom::RULE,
    &single_layer_image::RULE,
    &privileged_build_script::RULE,
    &deprecated_contents::RULE,
    &unpinned_base_image::RULE,
    &untrusted_registry::RULE,
    &foreign_platform::RULE,
    &store_paths_excluded::RULE,
    &image_name_invalid::RULE,
    &nix_db_in_image::RULE,
    &missing_labels::RULE,
    &untrusted_substituter::RULE,
    &untrusted_input_owner::RULE,
    &known_vulnerable_package::RULE,
    &sandbox_escape::RULE,
    &prebuilt_binary::RULE,
];

#[cfg(test)]
mod tests {
    use super::ALL;
    use crate::rule::Need;

    #[test]
    fn codes_and_names_are_unique_and_well_formed() {
        for rule in ALL {
            let (family, number) = rule.code.split_at(3);
            assert!(family.bytes().all(|b| b.is_ascii_uppercase()), "{}", rule.code);
            assert!(number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit()), "{}", rule.code);
            let words: Vec<&str> = rule.name.split('-').collect();
            let is_word =
                |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            assert!(words.len() > 1 && words.iter().all(is_word), "{} is not kebab-case", rule.name);
            assert_eq!(ALL.iter().filter(|r| r.name == rule.name).count(), 1, "{}", rule.name);
        }
        assert!(ALL.is_sorted_by(|a, b| a.code < b.code), "codes are not unique, or not in order");
    }

    #[test]
    fn every_rule_says_what_it_needs() {
        for rule in ALL {
            assert!(!rule.needs.is_empty(), "needs of {}", rule.code);
            // In one order, and none twice.
            assert!(rule.needs.is_sorted_by(|a, b| a < b), "needs of {}: {:?}", rule.code, rule.needs);
            let needs_one = |needs: &[Need]| rule.needs(|need| needs.contains(&need));
            let expected: &[Need] = match rule.code.get(..3) {
                Some("CFG" | "IMG" | "CNT") => &[Need::Config],
                Some("CMP") => &[Need::Compose],
                Some("SUP") if rule.needs(Need::is_of_images) => &[Need::Meta, Need::Graph],
                Some("FLK" | "SUP") => &[Need::Lock, Need::Evaluation],
                _ => &Need::ALL,
            };
            assert!(needs_one(expected), "{} is about none of {expected:?}", rule.code);
        }
    }

    /// A rule is found by its name: `root-user` is the rule of root_user.rs, and there is no file without a rule.
    #[test]
    fn files_are_called_like_their_rules() {
        let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
        #[expect(clippy::disallowed_methods, reason = "a test looks at the sources")]
        let files = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> = files.filter(|file| !file.ends_with("mod.rs")).collect();
        files.sort();
        let names: Vec<String> =
            files.iter().map(|file| file.file_stem().unwrap().to_str().unwrap().replace('_', "-")).collect();
        let mut expected: Vec<&str> = ALL.iter().map(|rule| rule.name).collect();
        expected.sort_unstable();
        assert_eq!(names, expected);
        for (file, name) in files.iter().zip(&names) {
            #[expect(clippy::disallowed_methods, reason = "a test looks at the sources")]
            let text = std::fs::read_to_string(file).unwrap();
            assert!(text.contains(&format!("\n    name: \"{name}\",\n")), "{} is about another rule", file.display());
            let code = ALL.iter().find(|rule| rule.name == name).unwrap().code;
            assert!(text.starts_with(&format!("//! {code}: ")), "{} does not begin with its code", file.display());
        }
    }

    #[test]
    fn every_rule_is_documented() {
        for rule in ALL {
            let titles: Vec<&str> = rule.docs.lines().filter_map(|line| line.strip_prefix("## ")).collect();
            assert_eq!(titles, ["What it finds", "Why it matters", "Bad", "Good"], "sections of {}", rule.code);
            assert!(!rule.summary.is_empty() && !rule.summary.ends_with('.'), "summary of {}", rule.code);
            assert!(!rule.summary.contains('\n') && rule.summary.trim() == rule.summary, "summary of {}", rule.code);
            // The name of a file is no word.
            let starts = rule.summary.starts_with(|c: char| !c.is_lowercase()) || rule.summary.starts_with("flake.");
            assert!(starts, "summary of {}", rule.code);
            assert!(!rule.references.is_empty(), "references of {}", rule.code);
            for (at, reference) in rule.references.iter().enumerate() {
                assert!(!reference.trim().is_empty() && !rule.references[..at].contains(reference), "{}", rule.code);
            }
            for section in rule.docs.split("## ").skip(1) {
                assert!(section.lines().skip(1).any(|line| !line.is_empty()), "an empty section of {}", rule.code);
            }
        }
    }

    #[test]
    fn every_rule_has_examples() {
        for rule in ALL {
            let examples = rule.examples();
            for bad in [true, false] {
                assert!(examples.iter().any(|e| e.bad == bad), "{} has no example with bad = {bad}", rule.code);
            }
            for example in &examples {
                let is_configured = example.files.iter().any(|f| f.name.as_deref() == Some("bt-lint.toml"));
                let is_of_inputs = rule.code.starts_with("SUP") && !rule.needs(Need::is_of_images);
                let is_flake = rule.code.starts_with("FLK") || is_of_inputs || is_configured;
                assert_eq!(
                    example.files.iter().any(|f| f.name.as_deref() == Some("flake.nix")),
                    is_flake,
                    "{}",
                    rule.code
                );
                assert!(example.files.iter().all(|f| !f.text.trim().is_empty()), "{}", rule.code);
            }
        }
    }
}
