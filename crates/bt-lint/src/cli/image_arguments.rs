//! The options of `bt-lint image`.

use super::arguments::{EvaluationArguments, FailOn, MessageArguments};
use clap::{Args, ValueEnum, ValueHint};

/// `bt-lint image`
#[derive(Debug, Args)]
pub struct ImageArguments {
    /// An archive of `docker save` or dockerTools (also compressed), an archive or directory of an OCI layout, or `-` for
    /// standard input.
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub file: String,
    /// Which one, where there are several: its name and tag, or its platform such as linux/arm64.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Compare its configuration with that of an image of a flake.
    #[arg(long, value_name = "TARGET#ATTR")]
    pub expect: Option<String>,
    /// How the result is printed.
    #[arg(long, value_enum, default_value_t, value_name = "full|concise|json", hide_possible_values = true)]
    pub format: ImageFormat,
    /// Write to a file instead of standard output.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<String>,
    /// Only these rules: codes, names, or prefixes of codes.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Not these rules.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Which findings make the exit code 1.
    #[arg(long, value_enum, default_value_t, value_name = "LEVEL")]
    pub fail_on: FailOn,
    /// How much the image may hold when it is unpacked.
    #[arg(long, value_name = "MIB", default_value_t = 16384, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_size: u32,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub evaluation: EvaluationArguments,
    #[command(flatten)]
    #[allow(missing_docs, reason = "a doc comment would replace the help of the command")]
    pub messages: MessageArguments,
}

/// How what is known of an image is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ImageFormat {
    /// For people: the layers, then the findings.
    #[default]
    Full,
    /// One line for each finding.
    Concise,
    /// For programs.
    Json,
}
