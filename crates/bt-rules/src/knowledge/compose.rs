//! What a compose file may hold: the Compose Specification's schema (`schema/compose-spec.json`, June 2026) as a table.
//!
//! Compose takes a string for most numbers and Booleans, because variables are filled in as text; where it takes nothing
//! else, a string with a variable is right as well.

use Shape::{Any, Either, Flag, Int, List, Names, Number, OneOf, Open, Set, Text};

/// What a value may be. `null` is always fine.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Anything, or something that another rule looks at.
    Any,
    /// A string.
    Text,
    /// A string that is one of these, up to a colon.
    OneOf(&'static [&'static str]),
    /// A Boolean.
    Flag,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// A list.
    List(&'static Shape),
    /// A set of these attributes, and of those that begin with `x-`; the second list is of those that must be there.
    Set(&'static [(&'static str, Shape)], &'static [&'static str]),
    /// A set of any names.
    Open(&'static Shape),
    /// A set whose names are those of services, networks and so on.
    Names(&'static Shape),
    /// One of these, of which no two are of the same kind.
    Either(&'static [Shape]),
}

const TEXTS: Shape = List(&Text);
const TEXT_OR_LIST: Shape = Either(&[Text, TEXTS]);
const TEXT_OR_FLAG: Shape = Either(&[Text, Flag]);
const TEXT_OR_INT: Shape = Either(&[Text, Int]);
const TEXT_OR_NUMBER: Shape = Either(&[Text, Number]);
const SCALAR: Shape = Either(&[Text, Number, Flag]);
const LIST_OR_SET: Shape = Either(&[TEXTS, Open(&SCALAR)]);
const OPTIONS: Shape = Open(&TEXT_OR_NUMBER);
const EXTRA_HOSTS: Shape = Either(&[TEXTS, Open(&TEXT_OR_LIST)]);
const ULIMITS: Shape =
    Open(&Either(&[Text, Int, Set(&[("hard", TEXT_OR_INT), ("soft", TEXT_OR_INT)], &["soft", "hard"])]));
const EXTERNAL: Shape = Either(&[Text, Flag, Set(&[("name", Text)], &[])]);
const ORDER: Shape = OneOf(&["start-first", "stop-first"]);
const BLKIO_LIMITS: Shape = List(&Set(&[("path", Text), ("rate", TEXT_OR_INT)], &[]));

/// A whole file. `version` is another rule's.
pub(crate) const FILE: Shape = Set(
    &[
        ("configs", Names(&CONFIG)),
        (
            "include",
            List(&Either(&[
                Text,
                Set(&[("env_file", TEXT_OR_LIST), ("path", TEXT_OR_LIST), ("project_directory", Text)], &[]),
            ])),
        ),
        ("models", Names(&MODEL)),
        ("name", Text),
        ("networks", Names(&NETWORK)),
        ("secrets", Names(&SECRET)),
        ("services", Names(&SERVICE)),
        ("version", Any),
        ("volumes", Names(&VOLUME)),
    ],
    &[],
);

const CONFIG: Shape = Set(
    &[
        ("content", Text),
        ("environment", Text),
        ("external", EXTERNAL),
        ("file", Text),
        ("labels", LIST_OR_SET),
        ("name", Text),
        ("template_driver", Text),
    ],
    &[],
);

const MODEL: Shape =
    Set(&[("context_size", Int), ("model", Text), ("name", Text), ("runtime_flags", TEXTS)], &["model"]);

const NETWORK: Shape = Set(
    &[
        ("attachable", TEXT_OR_FLAG),
        ("driver", Text),
        ("driver_opts", OPTIONS),
        ("enable_ipv4", TEXT_OR_FLAG),
        ("enable_ipv6", TEXT_OR_FLAG),
        ("external", EXTERNAL),
        ("internal", TEXT_OR_FLAG),
        (
            "ipam",
            Set(
                &[
                    (
                        "config",
                        List(&Set(
                            &[("aux_addresses", Open(&Text)), ("gateway", Text), ("ip_range", Text), ("subnet", Text)],
                            &[],
                        )),
                    ),
                    ("driver", Text),
                    ("options", Open(&Text)),
                ],
                &[],
            ),
        ),
        ("labels", LIST_OR_SET),
        ("name", Text),
    ],
    &[],
);

const SECRET: Shape = Set(
    &[
        ("driver", Text),
        ("driver_opts", OPTIONS),
        ("environment", Text),
        ("external", Any),
        ("file", Text),
        ("labels", LIST_OR_SET),
        ("name", Text),
        ("template_driver", Text),
    ],
    &[],
);

const VOLUME: Shape = Set(
    &[("driver", Text), ("driver_opts", OPTIONS), ("external", EXTERNAL), ("labels", LIST_OR_SET), ("name", Text)],
    &[],
);

const COMMAND: Shape = TEXT_OR_LIST;

const MOUNTED: Shape = List(&Either(&[
    Text,
    Set(&[("gid", Text), ("mode", TEXT_OR_NUMBER), ("source", Text), ("target", Text), ("uid", Text)], &[]),
]));

const HOOK: Shape = Set(
    &[
        ("command", COMMAND),
        ("environment", LIST_OR_SET),
        ("privileged", TEXT_OR_FLAG),
        ("user", Text),
        ("working_dir", Text),
    ],
    &["command"],
);

const DEVICE: Shape = Set(
    &[
        ("capabilities", TEXTS),
        ("count", TEXT_OR_INT),
        ("device_ids", TEXTS),
        ("driver", Text),
        ("options", LIST_OR_SET),
    ],
    &[],
);

const HEALTHCHECK: Shape = Set(
    &[
        ("disable", TEXT_OR_FLAG),
        ("interval", Text),
        ("retries", TEXT_OR_NUMBER),
        ("start_interval", Text),
        ("start_period", Text),
        // What else it may not be is another rule's.
        ("test", Either(&[TEXTS, Text, Number, Flag, Open(&Any)])),
        ("timeout", Text),
    ],
    &[],
);

const UPDATE: Shape = Set(
    &[
        ("delay", Text),
        ("failure_action", Text),
        ("max_failure_ratio", TEXT_OR_NUMBER),
        ("monitor", Text),
        ("order", ORDER),
        ("parallelism", TEXT_OR_INT),
    ],
    &[],
);

const DEPLOY: Shape = Set(
    &[
        ("endpoint_mode", Text),
        ("labels", LIST_OR_SET),
        ("mode", Text),
        (
            "placement",
            Set(
                &[
                    ("constraints", TEXTS),
                    ("max_replicas_per_node", TEXT_OR_INT),
                    ("preferences", List(&Set(&[("spread", Text)], &[]))),
                ],
                &[],
            ),
        ),
        ("replicas", TEXT_OR_INT),
        (
            "resources",
            Set(
                &[
                    ("limits", Set(&[("cpus", TEXT_OR_NUMBER), ("memory", Text), ("pids", TEXT_OR_INT)], &[])),
                    (
                        "reservations",
                        Set(
                            &[
                                ("cpus", TEXT_OR_NUMBER),
                                ("devices", List(&DEVICE)),
                                ("generic_resources", List(&Any)),
                                ("memory", Text),
                            ],
                            &[],
                        ),
                    ),
                ],
                &[],
            ),
        ),
        (
            "restart_policy",
            Set(&[("condition", Text), ("delay", Text), ("max_attempts", TEXT_OR_INT), ("window", Text)], &[]),
        ),
        ("rollback_config", UPDATE),
        ("update_config", UPDATE),
    ],
    &[],
);

const BUILD: Shape = Set(
    &[
        ("additional_contexts", LIST_OR_SET),
        ("args", LIST_OR_SET),
        ("cache_from", TEXTS),
        ("cache_to", TEXTS),
        ("context", Text),
        ("dockerfile", Text),
        ("dockerfile_inline", Text),
        ("entitlements", TEXTS),
        ("extra_hosts", EXTRA_HOSTS),
        ("isolation", Text),
        ("labels", LIST_OR_SET),
        ("network", Text),
        ("no_cache", TEXT_OR_FLAG),
        ("platforms", TEXTS),
        ("privileged", TEXT_OR_FLAG),
        ("provenance", TEXT_OR_FLAG),
        ("pull", TEXT_OR_FLAG),
        ("sbom", TEXT_OR_FLAG),
        ("secrets", MOUNTED),
        ("shm_size", TEXT_OR_INT),
        ("ssh", LIST_OR_SET),
        ("tags", TEXTS),
        ("target", Text),
        ("ulimits", ULIMITS),
    ],
    &[],
);

const PORT: Shape = Set(
    &[
        ("app_protocol", Text),
        ("host_ip", Text),
        ("mode", Text),
        ("name", Text),
        ("protocol", Text),
        ("published", TEXT_OR_INT),
        ("target", TEXT_OR_INT),
    ],
    &[],
);

const MOUNT: Shape = Set(
    &[
        (
            "bind",
            Set(
                &[
                    ("create_host_path", TEXT_OR_FLAG),
                    ("propagation", Text),
                    ("recursive", OneOf(&["enabled", "disabled", "writable", "readonly"])),
                    ("selinux", OneOf(&["z", "Z"])),
                ],
                &[],
            ),
        ),
        ("consistency", Text),
        ("image", Set(&[("subpath", Text)], &[])),
        ("read_only", TEXT_OR_FLAG),
        ("source", Text),
        ("target", Text),
        ("tmpfs", Set(&[("mode", TEXT_OR_NUMBER), ("size", TEXT_OR_INT)], &[])),
        ("type", OneOf(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"])),
        ("volume", Set(&[("labels", LIST_OR_SET), ("nocopy", TEXT_OR_FLAG), ("subpath", Text)], &[])),
    ],
    &["type"],
);

const DEPENDENCY: Shape = Set(
    &[
        ("condition", OneOf(&["service_started", "service_healthy", "service_completed_successfully"])),
        ("required", Flag),
        ("restart", TEXT_OR_FLAG),
    ],
    &["condition"],
);

const NETWORK_USE: Shape = Set(
    &[
        ("aliases", TEXTS),
        ("driver_opts", OPTIONS),
        ("gw_priority", Number),
        ("interface_name", Text),
        ("ipv4_address", Text),
        ("ipv6_address", Text),
        ("link_local_ips", TEXTS),
        ("mac_address", Text),
        ("priority", Number),
    ],
    &[],
);

const ENV_FILE: Shape = Either(&[
    Text,
    List(&Either(&[Text, Set(&[("format", Text), ("path", Text), ("required", TEXT_OR_FLAG)], &["path"])])),
]);

const WATCH: Shape = Set(
    &[
        ("action", OneOf(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"])),
        ("exec", HOOK),
        ("ignore", TEXT_OR_LIST),
        ("include", TEXT_OR_LIST),
        ("initial_sync", Flag),
        ("path", Text),
        ("target", Text),
    ],
    &["path", "action"],
);

const SERVICE: Shape = Set(
    &[
        ("annotations", LIST_OR_SET),
        ("attach", TEXT_OR_FLAG),
        (
            "blkio_config",
            Set(
                &[
                    ("device_read_bps", BLKIO_LIMITS),
                    ("device_read_iops", BLKIO_LIMITS),
                    ("device_write_bps", BLKIO_LIMITS),
                    ("device_write_iops", BLKIO_LIMITS),
                    ("weight", TEXT_OR_INT),
                    ("weight_device", List(&Set(&[("path", Text), ("weight", TEXT_OR_INT)], &[]))),
                ],
                &[],
            ),
        ),
        ("build", Either(&[Text, BUILD])),
        ("cap_add", TEXTS),
        ("cap_drop", TEXTS),
        ("cgroup", OneOf(&["host", "private"])),
        ("cgroup_parent", Text),
        ("command", COMMAND),
        ("configs", MOUNTED),
        ("container_name", Text),
        ("cpu_count", TEXT_OR_INT),
        ("cpu_percent", TEXT_OR_INT),
        ("cpu_period", TEXT_OR_NUMBER),
        ("cpu_quota", TEXT_OR_NUMBER),
        ("cpu_rt_period", TEXT_OR_NUMBER),
        ("cpu_rt_runtime", TEXT_OR_NUMBER),
        ("cpu_shares", TEXT_OR_NUMBER),
        ("cpus", TEXT_OR_NUMBER),
        ("cpuset", Text),
        ("credential_spec", Set(&[("config", Text), ("file", Text), ("registry", Text)], &[])),
        ("depends_on", Either(&[TEXTS, Names(&DEPENDENCY)])),
        ("deploy", DEPLOY),
        ("develop", Set(&[("watch", List(&WATCH))], &[])),
        ("device_cgroup_rules", TEXTS),
        (
            "devices",
            List(&Either(&[Text, Set(&[("permissions", Text), ("source", Text), ("target", Text)], &["source"])])),
        ),
        ("dns", TEXT_OR_LIST),
        ("dns_opt", TEXTS),
        ("dns_search", TEXT_OR_LIST),
        ("domainname", Text),
        ("entrypoint", COMMAND),
        ("env_file", ENV_FILE),
        ("environment", LIST_OR_SET),
        ("expose", List(&TEXT_OR_NUMBER)),
        ("extends", Either(&[Text, Set(&[("file", Text), ("service", Text)], &["service"])])),
        ("external_links", TEXTS),
        ("extra_hosts", EXTRA_HOSTS),
        ("gpus", Either(&[OneOf(&["all"]), List(&DEVICE)])),
        ("group_add", List(&TEXT_OR_NUMBER)),
        ("healthcheck", HEALTHCHECK),
        ("hostname", Text),
        ("image", Text),
        ("init", TEXT_OR_FLAG),
        ("ipc", Text),
        ("isolation", Text),
        ("label_file", TEXT_OR_LIST),
        ("labels", LIST_OR_SET),
        ("links", TEXTS),
        ("logging", Set(&[("driver", Text), ("options", OPTIONS)], &[])),
        ("mac_address", Text),
        ("mem_limit", TEXT_OR_NUMBER),
        ("mem_reservation", TEXT_OR_INT),
        ("mem_swappiness", TEXT_OR_INT),
        ("memswap_limit", TEXT_OR_NUMBER),
        ("models", Either(&[TEXTS, Names(&Set(&[("endpoint_var", Text), ("model_var", Text)], &[]))])),
        ("network_mode", Text),
        ("networks", Either(&[TEXTS, Names(&NETWORK_USE)])),
        ("oom_kill_disable", TEXT_OR_FLAG),
        ("oom_score_adj", TEXT_OR_INT),
        ("pid", Text),
        ("pids_limit", TEXT_OR_NUMBER),
        ("platform", Text),
        ("ports", List(&Either(&[Text, Number, PORT]))),
        ("post_start", List(&HOOK)),
        ("pre_stop", List(&HOOK)),
        ("privileged", TEXT_OR_FLAG),
        ("profiles", TEXTS),
        ("provider", Set(&[("options", Open(&Any)), ("type", Text)], &["type"])),
        ("pull_policy", Text),
        ("pull_refresh_after", Text),
        ("read_only", TEXT_OR_FLAG),
        // The schema takes any string, the runtimes do not.
        ("restart", OneOf(&["no", "always", "on-failure", "unless-stopped"])),
        ("runtime", Text),
        ("scale", TEXT_OR_INT),
        ("secrets", MOUNTED),
        ("security_opt", TEXTS),
        ("shm_size", TEXT_OR_NUMBER),
        ("stdin_open", TEXT_OR_FLAG),
        ("stop_grace_period", Text),
        ("stop_signal", Text),
        ("storage_opt", Open(&Any)),
        ("sysctls", LIST_OR_SET),
        ("tmpfs", TEXT_OR_LIST),
        ("tty", TEXT_OR_FLAG),
        ("ulimits", ULIMITS),
        ("use_api_socket", Flag),
        ("user", Text),
        ("userns_mode", Text),
        ("uts", Text),
        ("volumes", List(&Either(&[Text, MOUNT]))),
        ("volumes_from", TEXTS),
        ("working_dir", Text),
    ],
    &[],
);
