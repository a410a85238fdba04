# Licences, maintainers and teams. Nobody's linting depends on which of them exist, so all three answer to any name.
{ lib, bt, ... }:
let
  spdx = {
    mit = "MIT";
    asl20 = "Apache-2.0";
    bsd0 = "0BSD";
    bsd2 = "BSD-2-Clause";
    bsd3 = "BSD-3-Clause";
    gpl2 = "GPL-2.0";
    gpl2Only = "GPL-2.0-only";
    gpl2Plus = "GPL-2.0-or-later";
    gpl3 = "GPL-3.0";
    gpl3Only = "GPL-3.0-only";
    gpl3Plus = "GPL-3.0-or-later";
    lgpl21Only = "LGPL-2.1-only";
    lgpl21Plus = "LGPL-2.1-or-later";
    lgpl3Only = "LGPL-3.0-only";
    lgpl3Plus = "LGPL-3.0-or-later";
    agpl3 = "AGPL-3.0";
    agpl3Only = "AGPL-3.0-only";
    agpl3Plus = "AGPL-3.0-or-later";
    mpl20 = "MPL-2.0";
    isc = "ISC";
    cc0 = "CC0-1.0";
    cc-by-40 = "CC-BY-4.0";
    cc-by-sa-40 = "CC-BY-SA-4.0";
    unlicense = "Unlicense";
    wtfpl = "WTFPL";
    zlib = "Zlib";
    boost = "BSL-1.0";
    epl10 = "EPL-1.0";
    epl20 = "EPL-2.0";
    eupl12 = "EUPL-1.2";
    artistic2 = "Artistic-2.0";
    psfl = "Python-2.0";
    postgresql = "PostgreSQL";
    openssl = "OpenSSL";
    publicDomain = null;
    free = null;
    unfree = null;
    unfreeRedistributable = null;
    bsl11 = "BUSL-1.1";
    sspl = "SSPL-1.0";
    elastic20 = "Elastic-2.0";
  };
  closed = [ "unfree" "unfreeRedistributable" "bsl11" "sspl" "elastic20" ];
  make = name: id: {
    shortName = name;
    fullName = if id == null then name else id;
    free = !(builtins.elem name closed);
    redistributable = name != "unfree";
    deprecated = false;
  } // (if id == null then { } else { spdxId = id; url = "https://spdx.org/licenses/${id}.html"; });
  person = name: { inherit name; github = name; githubId = 0; email = "${name}@example.org"; };
in
{
  licenses = bt.open (builtins.mapAttrs make spdx) (name: make name null);
  licensesSpdx = lib.mapAttrs' (name: id: { name = id; value = make name id; }) (lib.filterAttrs (_: id: id != null) spdx);
  maintainers = bt.open { } person;
  teams = bt.open { } (name: { shortName = name; members = [ ]; scope = name; github = name; });
  sourceTypes = builtins.mapAttrs (shortName: isSource: { inherit shortName isSource; }) {
    fromSource = true;
    binaryNativeCode = false;
    binaryBytecode = false;
    binaryFirmware = false;
    obfuscatedCode = false;
  };
}
