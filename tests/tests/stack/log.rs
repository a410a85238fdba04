//! What is done on the way from a flake to running services, how long it takes, and how large the images are.

use bt_tests::docker::Docker;
use bt_tests::shown;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

/// What is known of an image.
#[derive(Default, Clone, Copy)]
pub struct Size {
    /// Bytes of the compressed archive that is built.
    pub archive: u64,
    /// Bytes that Docker needs for it.
    pub loaded: u64,
    pub layers: u64,
}

#[derive(Default)]
pub struct Log {
    /// What is done with which service (or all), and the seconds.
    steps: Vec<(&'static str, String, f64)>,
    pub sizes: BTreeMap<String, Size>,
}

impl Log {
    /// Does something, and says so when it is done.
    pub fn timed<T>(&mut self, what: &'static str, of: &str, act: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let result = act();
        let seconds = started.elapsed().as_secs_f64();
        shown(&format!("{seconds:7.2} s  {what:<12} {of}\n"));
        self.steps.push((what, of.to_string(), seconds));
        result
    }

    /// The seconds that something took.
    pub fn seconds(&self, what: &str, of: &str) -> f64 {
        let step = self.steps.iter().find(|(step, service, _)| (*step, service.as_str()) == (what, of));
        step.unwrap_or_else(|| panic!("no {what} {of}")).2
    }

    /// Notes the size of an image that is built.
    pub fn archive(&mut self, service: &str, file: &Path) {
        self.sizes.entry(service.into()).or_default().archive = std::fs::metadata(file).unwrap().len();
    }

    /// Notes the size of an image that is loaded.
    pub fn image(&mut self, service: &str, docker: &Docker, image: &str) {
        let format = "{{.Size}} {{len .RootFS.Layers}}";
        let inspected = docker.run(&["image", "inspect", "--format", format, image]).expect(0).stdout;
        let (loaded, layers) = inspected.trim().split_once(' ').unwrap();
        let size = self.sizes.entry(service.into()).or_default();
        (size.loaded, size.layers) = (loaded.parse().unwrap(), layers.parse().unwrap());
    }
}
