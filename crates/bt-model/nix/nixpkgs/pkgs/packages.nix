# Packages that really exist in nixpkgs, so that `callPackage` passes them to formals which have a default. `plain` ones
# are named like their attribute; `named` ones differ in name, version or main program.
{
  plain = [
    "acl" "ansible" "apacheHttpd" "apk-tools" "attr" "autoconf" "automake" "avahi" "babashka" "bandwhich" "bat" "bc"
    "binutils" "binutils-unwrapped" "bison" "bottom" "boost" "brotli" "btop" "buf" "buildah" "bun" "busybox" "bzip2"
    "caddy" "cachix" "cairo" "cargo" "certbot" "clang" "clickhouse" "cmake" "consul" "cosign" "crane" "cri-o"
    "crun" "curl" "curlFull" "cyrus_sasl" "dash" "dbus" "deadnix" "delve" "deno" "dhall" "dialog" "diffutils" "direnv"
    "dive" "dnsmasq" "docker" "docker-client" "dos2unix" "dpkg" "dropbear" "dumb-init" "e2fsprogs" "elixir" "erlang"
    "esbuild" "etcd" "eza" "fd" "ffmpeg" "ffmpeg-headless" "ffmpeg-full" "file" "findutils" "fish" "flac" "flex"
    "flyctl" "fontconfig" "forgejo" "freetype" "fuse" "fzf" "gcc" "gcc-unwrapped" "gdb" "gettext" "gh" "ghc"
    "ghostscript" "git" "gitMinimal" "gitFull" "git-lfs" "gitea" "gitlab-runner" "glib" "glibc" "glibcLocales"
    "glibcLocalesUtf8" "gmp" "gnugrep" "gnumake" "gnupatch" "gnupg" "gnused" "gnutar" "gnutls" "go" "go-task" "goose"
    "gopls" "gotools" "golangci-lint" "grafana" "grafana-alloy" "gradle" "graphviz" "grpcurl" "gst" "gtk3" "gtk4" "guile"
    "gum" "gzip" "haproxy" "hello" "helmfile" "hostname" "htop" "httpie" "hugo" "iana-etc" "icu" "imagemagick" "inetutils"
    "influxdb2" "iproute2" "iptables" "iputils" "jaeger" "jdk" "jemalloc" "jq" "jre" "jre_headless" "jre_minimal" "just" "k3s"
    "k6" "k9s" "kafkactl" "keycloak" "kind" "krb5" "kubectl" "kustomize" "ldns" "less" "libcap" "libffi" "libgcc"
    "libiconv" "libidn2" "libjpeg" "libpng" "libpq" "libsodium" "libtool" "libunwind" "libuuid" "libuv" "libxml2"
    "libxslt" "libyaml" "litestream" "lld" "llvm" "lsof" "lua" "lz4" "m4" "mailcap" "mailpit" "mariadb" "maven" "memcached"
    "meson" "minikube" "minio" "minio-client" "miniserve" "mold" "mongodb" "mosquitto" "musl" "mysql80" "nano" "nats-server"
    "natscli" "ncurses" "net-tools" "netcat" "netcat-openbsd" "nettle" "nghttp2" "nginx" "nginxMainline" "nil" "nim"
    "ninja" "nix" "nix-index" "nixd" "nixfmt" "nixfmt-rfc-style" "nixpkgs-fmt" "nixos-rebuild" "nmap" "nodejs"
    "nodejs-slim" "nushell" "ocaml" "oniguruma" "opencode" "openjdk" "openldap" "openssh" "openssl" "opentofu" "pandoc" "parallel"
    "patchelf" "pcre" "pcre2" "perl" "php" "pigz" "pkg-config" "pkgconf" "playwright-driver" "pnpm" "podman" "poetry"
    "poppler_utils" "postgresql" "postgrest" "pre-commit" "procps" "process-compose" "prometheus" "prometheus-alertmanager"
    "prometheus-node-exporter" "protobuf" "psmisc" "pyright" "python3" "python3Minimal" "qemu" "qemu_kvm" "quickjs"
    "rabbitmq-server" "rclone" "readline" "redis" "redpanda" "restic" "ripgrep" "rsync" "ruby" "ruff" "runc" "rust-analyzer"
    "rustc" "rustfmt" "rustup" "s6" "s6-overlay" "sbcl" "sd" "sdl2" "shadow" "shellcheck" "shfmt" "skopeo" "socat" "sops"
    "sqlite" "sshpass" "statix" "strace" "su-exec" "sudo" "supervisor" "supercronic" "swift" "syncthing" "systemd"
    "systemdMinimal" "tailscale" "tcpdump" "tempo" "terraform" "texinfo" "tini" "tmux" "traefik" "treefmt" "tree" "tmate"
    "typescript" "tzdata" "unbound" "unzip" "util-linux" "util-linuxMinimal" "utillinux" "uv" "valkey" "vault" "vector" "vim" "vips"
    "watchexec" "wget" "which" "wireguard-tools" "xxd" "xz" "yarn" "yarn-berry" "yq" "yq-go" "yt-dlp" "zig" "zip" "zlib"
    "zsh" "zstd" "alejandra" "black" "envsubst" "ethtool" "fping" "gosu" "gawk" "hadolint" "helm" "ipset" "isort" "jattach"
    "kubernetes-helm" "mkcert" "mypy" "nodemon" "pgbouncer" "pgcli" "pyroscope" "rustls-libssl" "setpriv" "stdenv"
    "thanos" "umoci" "valgrind" "victoriametrics" "wayland" "xdg-utils" "xorg-server" "zellij" "cowsay" "figlet" "lolcat"
    "oras" "regctl" "regclient" "trivy" "grype" "syft" "dockerfmt" "opentelemetry-collector" "opentelemetry-collector-contrib"
    "makeWrapper" "makeBinaryWrapper" "autoPatchelfHook" "installShellFiles" "wrapGAppsHook3" "breakpointHook"
    "unixODBC" "libnl" "libpcap" "snappy" "rocksdb" "libevent" "c-ares" "expat" "liburing" "numactl" "pam" "linux-pam"
  ];
  named = {
    bash = { mainProgram = "bash"; version = "5.3"; };
    bashInteractive = { pname = "bash-interactive"; mainProgram = "bash"; version = "5.3"; };
    bashNonInteractive = { pname = "bash"; mainProgram = "bash"; version = "5.3"; };
    bashInteractiveFHS = { pname = "bash-interactive"; mainProgram = "bash"; };
    cacert = { pname = "nss-cacert"; };
    coreutils = { mainProgram = "ls"; };
    coreutils-full = { pname = "coreutils-full"; mainProgram = "ls"; };
    coreutils-prefixed = { pname = "coreutils"; };
    uutils-coreutils-noprefix = { pname = "uutils-coreutils"; };
    docker-compose = { mainProgram = "docker-compose"; };
    docker_compose = { pname = "docker-compose"; mainProgram = "docker-compose"; };
    elasticsearch = { mainProgram = "elasticsearch"; };
    fd = { mainProgram = "fd"; };
    gawk = { mainProgram = "gawk"; };
    git = { mainProgram = "git"; };
    gitMinimal = { pname = "git-minimal"; mainProgram = "git"; };
    gitFull = { pname = "git-with-svn"; mainProgram = "git"; };
    gnugrep = { mainProgram = "grep"; };
    gnumake = { mainProgram = "make"; };
    gnupatch = { pname = "patch"; mainProgram = "patch"; };
    gnupg = { mainProgram = "gpg"; };
    gnused = { mainProgram = "sed"; };
    gnutar = { mainProgram = "tar"; };
    go = { version = "1.25"; mainProgram = "go"; };
    go-task = { mainProgram = "task"; };
    grafana-loki = { mainProgram = "loki"; };
    loki = { pname = "grafana-loki"; mainProgram = "loki"; };
    hello = { version = "2.12.2"; };
    httpie = { mainProgram = "http"; };
    imagemagick = { mainProgram = "magick"; };
    iproute2 = { mainProgram = "ip"; };
    jdk = { pname = "openjdk"; version = "21"; mainProgram = "java"; };
    jdk_headless = { pname = "openjdk-headless"; version = "21"; mainProgram = "java"; };
    jre = { pname = "openjdk"; version = "21"; mainProgram = "java"; };
    jre_headless = { pname = "openjdk-headless"; version = "21"; mainProgram = "java"; };
    jre_minimal = { pname = "openjdk-minimal-jre"; version = "21"; mainProgram = "java"; };
    openjdk = { version = "21"; mainProgram = "java"; };
    kubernetes-helm = { mainProgram = "helm"; };
    mariadb = { pname = "mariadb-server"; mainProgram = "mariadb"; };
    maven = { mainProgram = "mvn"; };
    mysql80 = { pname = "mysql"; version = "8.0"; mainProgram = "mysqld"; };
    minio-client = { mainProgram = "mc"; };
    natscli = { mainProgram = "nats"; };
    neovim = { mainProgram = "nvim"; };
    netcat-openbsd = { mainProgram = "nc"; };
    netcat = { pname = "libressl-nc"; mainProgram = "nc"; };
    nodejs = { version = "24"; mainProgram = "node"; };
    nodejs-slim = { version = "24"; mainProgram = "node"; };
    nodejs_18 = { pname = "nodejs"; version = "18"; mainProgram = "node"; };
    nodejs_20 = { pname = "nodejs"; version = "20"; mainProgram = "node"; };
    nodejs_22 = { pname = "nodejs"; version = "22"; mainProgram = "node"; };
    nodejs_24 = { pname = "nodejs"; version = "24"; mainProgram = "node"; };
    nodejs-slim_20 = { pname = "nodejs-slim"; version = "20"; mainProgram = "node"; };
    nodejs-slim_22 = { pname = "nodejs-slim"; version = "22"; mainProgram = "node"; };
    nixVersions = { };
    openssh = { mainProgram = "ssh"; };
    podman-compose = { };
    postgresql = { version = "17"; mainProgram = "postgres"; };
    procps = { mainProgram = "ps"; };
    prometheus-alertmanager = { pname = "alertmanager"; mainProgram = "alertmanager"; };
    prometheus-node-exporter = { pname = "node_exporter"; mainProgram = "node_exporter"; };
    redis = { mainProgram = "redis-cli"; };
    ripgrep = { mainProgram = "rg"; };
    ruby = { version = "3.4"; mainProgram = "ruby"; };
    rust-bin = { };
    rabbitmq-server = { mainProgram = "rabbitmq-server"; };
    sqlite = { mainProgram = "sqlite3"; };
    uv = { mainProgram = "uv"; };
    vault-bin = { pname = "vault"; mainProgram = "vault"; };
    wireguard-tools = { mainProgram = "wg"; };
    yq-go = { mainProgram = "yq"; };
    playwright-driver = { pname = "playwright-driver"; mainProgram = "playwright"; };
    playwright = { pname = "playwright"; };
    opentelemetry-collector = { mainProgram = "otelcol"; };
    opentelemetry-collector-contrib = { mainProgram = "otelcol-contrib"; };
    grafana-agent = { mainProgram = "grafana-agent"; };
    grafana-alloy = { pname = "alloy"; mainProgram = "alloy"; };
    util-linux = { };
    utillinux = { pname = "util-linux"; };
    gcc = { pname = "gcc-wrapper"; version = "15"; mainProgram = "gcc"; };
    gcc-unwrapped = { pname = "gcc"; version = "15"; mainProgram = "gcc"; };
    clang = { pname = "clang-wrapper"; version = "21"; mainProgram = "clang"; };
    pkg-config = { pname = "pkg-config-wrapper"; mainProgram = "pkg-config"; };
    binutils = { pname = "binutils-wrapper"; };
    makeWrapper = { pname = "make-shell-wrapper-hook"; };
    nettools = { pname = "net-tools"; };
    cargo = { version = "1.91"; mainProgram = "cargo"; };
    rustc = { pname = "rustc-wrapper"; version = "1.91"; mainProgram = "rustc"; };
    php = { version = "8.4"; mainProgram = "php"; };
    perl = { version = "5.42"; mainProgram = "perl"; };
    elixir = { version = "1.18"; mainProgram = "elixir"; };
    erlang = { version = "27"; mainProgram = "erl"; };
    lua = { version = "5.2"; };
  };
  # Sets of packages below pkgs, besides every name that ends in `Packages`.
  scopes = [
    "xorg" "gnome" "vimPlugins" "vscode-extensions" "tree-sitter-grammars" "kdePackages" "libsForQt5" "qt5" "qt6"
    "darwin" "gst_all_1" "haskell" "winetricks" "nodePackages_latest" "python3Packages" "nodePackages" "perlPackages"
    "haskellPackages" "rubyPackages" "linuxPackages" "llvmPackages" "ocamlPackages" "phpPackages" "beamPackages"
    "dotnetCorePackages" "cudaPackages" "rPackages" "luaPackages" "emacsPackages" "nixosTests" "tests" "testers" "fishPlugins"
    "tmuxPlugins" "yaziPlugins" "akkuPackages" "texlive" "beam" "lixPackageSets" "nixVersions" "rust-bin" "androidenv"
    "zulip" "arrayUtilities" "coqPackages" "typstPackages" "nerd-fonts" "google-cloud-sdk-components" "terraform-providers"
  ];
}
