//! `nix-cache-info`: what a binary cache says of itself (Nix manual, "HTTP Binary Cache Store").

use bt_store::STORE_DIR;

/// What a binary cache says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheInfo {
    /// The directory of the paths that it has.
    pub store_dir: String,
    /// Which cache is asked first: that with the smallest number.
    pub priority: i64,
}

/// What counts when a cache does not say.
const PRIORITY: i64 = 50;

impl CacheInfo {
    /// Reads it: lines of a name, a colon and a value. What is not known is skipped. `None` when it is no such file.
    pub fn parse(text: &str) -> Option<CacheInfo> {
        let mut info = CacheInfo { store_dir: STORE_DIR.to_string(), priority: PRIORITY };
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let (name, value) = line.split_once(':')?;
            match name {
                "StoreDir" => info.store_dir = value.trim().to_string(),
                "Priority" => info.priority = value.trim().parse().ok()?,
                _ => {}
            }
        }
        Some(info)
    }
}

#[cfg(test)]
mod tests {
    use super::CacheInfo;

    #[test]
    fn what_caches_say() {
        // https://cache.nixos.org/nix-cache-info
        let info = CacheInfo::parse("StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\n").unwrap();
        assert_eq!(info, CacheInfo { store_dir: "/nix/store".into(), priority: 40 });
        assert_eq!(CacheInfo::parse("").map(|info| info.priority), Some(50));
        assert_eq!(CacheInfo::parse("<html>"), None);
        assert_eq!(CacheInfo::parse("Priority: high"), None);
    }
}
