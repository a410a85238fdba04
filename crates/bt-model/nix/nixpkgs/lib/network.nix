# Network addresses.
{ lib, ... }:
{
  ipv6 = {
    fromString = text:
      let
        halves = lib.splitString "/" text;
        sides = lib.splitString "::" (builtins.head halves);
        groups = side: if side == "" then [ ] else lib.splitString ":" side;
        left = groups (builtins.head sides);
        right = if builtins.length sides > 1 then groups (lib.last sides) else [ ];
        filled = left ++ lib.replicate (8 - builtins.length left - builtins.length right) "0" ++ right;
        plain = group: lib.toLower (lib.toHexString (lib.fromHexString group));
      in
      {
        address = lib.concatMapStringsSep ":" plain filled;
        prefixLength = if builtins.length halves > 1 then lib.toInt (lib.last halves) else 128;
      };
    mkEUI64Suffix = mac:
      let
        octet = "([0-9A-Fa-f]{2})";
        octets = builtins.match "${octet}[-:.]?${octet}[-:.]?${octet}[-:.]?${octet}[-:.]?${octet}[-:.]?${octet}" mac;
        o = builtins.elemAt octets;
        first = lib.toHexString (builtins.bitXor 512 (lib.fromHexString (o 0 + o 1)));
      in
      if octets == null then throw "\"${mac}\" is not a valid MAC address (expected 6 octets of hex digits)"
      else lib.toLower "${first}:${o 2}ff:fe${o 3}:${o 4}${o 5}";
  };
}
