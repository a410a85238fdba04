//! Import from derivation: the hook through which outputs are built while a program is evaluated. Without a [`Realiser`]
//! nothing is built, and reading an output is an error that names the derivation.

use crate::copies::Copy;
use crate::glue::Glue;
use crate::trees::SourceTree;
use bt_eval::{Error, ErrorKind};
use bt_store::StorePath;

/// Builds derivations, such as through the daemon of Nix.
pub trait Realiser {
    /// Makes an output of a derivation of a run with all that it needs, and says where it is: its store path, or the
    /// directory of another store that holds it.
    ///
    /// Errors: why the build failed, in a line.
    fn realise(&self, glue: &Glue, derivation: &StorePath, output: &str) -> Result<String, String>;
}

impl Glue {
    /// From now on outputs are built when a program reads them.
    pub fn set_realiser(&self, realiser: Box<dyn Realiser>) {
        *self.realiser.borrow_mut() = Some(realiser);
    }

    /// Whether the output of a derivation is there now. Outputs whose paths only a build tells cannot be read.
    pub(crate) fn realise_output(&self, drv_path: &str, output: &str) -> Result<bool, Error> {
        let realiser = self.realiser.borrow();
        let (Some(realiser), Some(known)) = (realiser.as_ref(), self.derivation(drv_path)) else { return Ok(false) };
        let Some(path) = known.derivation.outputs.get(output).and_then(|output| output.path.as_ref()) else {
            return Ok(false);
        };
        let Ok(derivation) = StorePath::parse_absolute(drv_path) else { return Ok(false) };
        if self.sources.borrow().contains_key(path.as_str()) {
            return Ok(true);
        }
        let place = realiser.realise(self, &derivation, output).map_err(|reason| {
            let message = format!("cannot build '{drv_path}', whose output '{output}' is read: {reason}");
            Error::new(ErrorKind::ImportFromDerivation, message)
        })?;
        // What was built may be read, also by a pure evaluation.
        if self.tree_of(&place).is_none() {
            self.add_tree(SourceTree::with_store_path(&place, path.as_str()));
        }
        self.sources.borrow_mut().insert(path.to_string(), Copy::whole(place));
        // What was not there before is there now.
        self.kinds.borrow_mut().retain(|known, _| !known.starts_with(path.as_str()));
        Ok(true)
    }
}
