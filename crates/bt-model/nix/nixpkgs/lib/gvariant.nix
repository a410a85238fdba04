# GVariant text values, for dconf.
{ lib, ... }:
let
  make = type: value: show: { _type = "gvariant"; inherit type value; __toString = show; };
  plain = type: value: make type value (self: "@${self.type} ${toString self.value}");
  bare = type: value: make type value (self: toString self.value);
in
rec {
  type = {
    arrayOf = t: "a${t}";
    maybeOf = t: "m${t}";
    tupleOf = ts: "(${lib.concatStrings ts})";
    dictionaryEntryOf = k: v: "{${k}${v}}";
    string = "s"; boolean = "b"; uchar = "y"; int16 = "n"; uint16 = "q"; int32 = "i"; uint32 = "u"; int64 = "x";
    uint64 = "t"; double = "d"; variant = "v";
  };
  isGVariant = v: (v._type or "") == "gvariant";
  mkValue = v:
    if builtins.isBool v then mkBoolean v
    else if builtins.isFloat v then mkDouble v
    else if builtins.isString v then mkString v
    else if builtins.isList v then mkArray v
    else if isGVariant v then v
    else throw "The GVariant type of “${builtins.typeOf v}” can't be inferred.";
  mkArray = values:
    let
      vs = map mkValue values;
    in
    if values == [ ] then throw "Please create empty array with mkEmptyArray."
    else make (type.arrayOf (lib.head vs).type) vs (self: "@${self.type} [${lib.concatMapStringsSep "," toString self.value}]");
  mkEmptyArray = t: make (type.arrayOf t) [ ] (self: "@${self.type} []");
  mkVariant = v: make type.variant (mkValue v) (self: "<${toString self.value}>");
  mkDictionaryEntry = k: v:
    make (type.dictionaryEntryOf (mkValue k).type (mkValue v).type) { name = k; value = v; }
      (self: "@${self.type} {${toString (mkValue k)},${toString (mkValue v)}}");
  mkMaybe = t: v: make (type.maybeOf t) v (self: if self.value == null then "@${self.type} nothing" else "just ${toString self.value}");
  mkNothing = t: mkMaybe t null;
  mkJust = v: mkMaybe (mkValue v).type (mkValue v);
  mkTuple = values:
    let
      vs = map mkValue values;
    in
    make (type.tupleOf (map (v: v.type) vs)) vs (self: "@${self.type} (${lib.concatMapStringsSep "," toString self.value})");
  mkBoolean = v: make type.boolean v (self: lib.boolToString self.value);
  mkString = v: make type.string v (self: "'${builtins.replaceStrings [ "\n" ] [ "\\n" ] (lib.escape [ "'" "\\" ] self.value)}'");
  mkObjectpath = v: make type.string v (self: "objectpath '${lib.escape [ "'" ] self.value}'");
  mkUchar = plain type.uchar;
  mkInt16 = plain type.int16;
  mkUint16 = plain type.uint16;
  mkInt32 = bare type.int32;
  mkUint32 = plain type.uint32;
  mkInt64 = plain type.int64;
  mkUint64 = plain type.uint64;
  mkDouble = bare type.double;
}
