//! Floats as JSON has them: the digits that Nix's JSON library finds, with the algorithm Grisu2 (Florian Loitsch, Printing
//! Floating-Point Numbers Quickly and Accurately with Integers, 2010). They read back as the same number; for about one
//! number in a thousand fewer digits would do, so no other algorithm gives the same text.

/// Appends a number; there is always a point or an exponent.
pub(super) fn push_float(number: f64, out: &mut String) {
    if !number.is_finite() {
        return out.push_str("null");
    }
    if number.is_sign_negative() {
        out.push('-');
    }
    if number == 0.0 {
        return out.push_str("0.0");
    }
    let (digits, exponent) = digits(number.abs());
    let count = digits.len() as i32;
    // How many digits stand before the point.
    let point = count + exponent;
    let zeros = |n: i32| std::iter::repeat_n('0', n.max(0) as usize);
    let (before, after) = digits.split_at(point.clamp(0, count) as usize);
    match point {
        1..=15 => {
            out.push_str(before);
            out.extend(zeros(exponent));
            out.push('.');
            out.push_str(if after.is_empty() { "0" } else { after });
        }
        -3..=0 => {
            out.push_str("0.");
            out.extend(zeros(-point));
            out.push_str(&digits);
        }
        _ => {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            let sign = if point > 0 { '+' } else { '-' };
            out.push_str(&format!("{first}{dot}{rest}e{sign}{:02}", (point - 1).unsigned_abs()));
        }
    }
}

/// `fraction * 2^exponent`
#[derive(Clone, Copy)]
struct Scaled {
    fraction: u64,
    exponent: i32,
}

impl Scaled {
    /// The same with the highest bit set.
    fn normalized(self) -> Scaled {
        let shift = self.fraction.leading_zeros();
        Scaled { fraction: self.fraction << shift, exponent: self.exponent - shift as i32 }
    }

    /// The same with a lower exponent.
    fn at(self, exponent: i32) -> Scaled {
        Scaled { fraction: self.fraction << (self.exponent - exponent), exponent }
    }

    /// The product, rounded to 64 bits, halves up.
    fn times(self, other: Scaled) -> Scaled {
        let product = u128::from(self.fraction) * u128::from(other.fraction);
        Scaled { fraction: ((product + (1 << 63)) >> 64) as u64, exponent: self.exponent + other.exponent + 64 }
    }
}

/// The digits of a finite positive number, and the exponent of ten that follows them.
fn digits(number: f64) -> (String, i32) {
    const HIDDEN: u64 = 1 << 52;
    let bits = number.to_bits();
    let (biased, fraction) = ((bits >> 52) as i32, bits & (HIDDEN - 1));
    let value = match biased {
        0 => Scaled { fraction, exponent: -1074 },
        _ => Scaled { fraction: fraction + HIDDEN, exponent: biased - 1075 },
    };
    // The middles between this number and its neighbours; below a power of two the neighbour is closer.
    let above = Scaled { fraction: 2 * value.fraction + 1, exponent: value.exponent - 1 }.normalized();
    let below = match fraction == 0 && biased > 1 {
        true => Scaled { fraction: 4 * value.fraction - 1, exponent: value.exponent - 2 },
        false => Scaled { fraction: 2 * value.fraction - 1, exponent: value.exponent - 1 },
    };
    let (power, decimal) = power_of_ten(above.exponent);
    let value = value.normalized().times(power);
    let below = below.at(above.exponent).times(power);
    let above = above.times(power);
    // A unit less on both sides, because the products are not exact.
    let (low, high) = (below.fraction + 1, above.fraction - 1);
    generate(high, high - low, high - value.fraction, -above.exponent as u32, -decimal)
}

/// Digits of `high * 2^-shift` until what is left out is less than `range`; `distance` is how far from `high` the number
/// is, and `exponent` the one of ten that they are multiplied by.
fn generate(high: u64, mut range: u64, mut distance: u64, shift: u32, exponent: i32) -> (String, i32) {
    let mut digits: Vec<u8> = Vec::with_capacity(17);
    let one = 1u64 << shift;
    let (mut whole, mut part) = (high >> shift, high & (one - 1));
    let mut left = whole.checked_ilog10().unwrap_or(0) as i32 + 1;
    while left > 0 {
        left -= 1;
        let unit = 10u64.pow(left as u32);
        digits.push((whole / unit) as u8);
        whole %= unit;
        let rest = (whole << shift) + part;
        if rest <= range {
            return (rounded(digits, distance, range, rest, unit << shift), exponent + left);
        }
    }
    let mut exponent = exponent;
    loop {
        part *= 10;
        digits.push((part >> shift) as u8);
        part &= one - 1;
        exponent -= 1;
        range *= 10;
        distance *= 10;
        if part <= range {
            return (rounded(digits, distance, range, part, one), exponent);
        }
    }
}

/// Lowers the last digit as long as that comes closer to the number and stays in the range.
fn rounded(mut digits: Vec<u8>, distance: u64, range: u64, mut rest: u64, unit: u64) -> String {
    if let Some(last) = digits.last_mut() {
        while rest < distance
            && range - rest >= unit
            && (rest + unit < distance || distance - rest > rest + unit - distance)
        {
            *last -= 1;
            rest += unit;
        }
    }
    digits.into_iter().map(|digit| char::from(b'0' + digit)).collect()
}

/// A power of ten whose product with a number of this exponent has an exponent from -60 to -32, and which one it is.
fn power_of_ten(exponent: i32) -> (Scaled, i32) {
    const FIRST: i32 = -300;
    const STEP: i32 = 8;
    let wanted = -61 - exponent;
    // The logarithm of two, rounded up.
    let decimal = wanted * 78_913 / (1 << 18) + i32::from(wanted > 0);
    let index = (decimal - FIRST + STEP - 1) / STEP;
    let decimal = FIRST + index * STEP;
    let fraction = POWERS.get(index as usize).copied().unwrap_or_default();
    (Scaled { fraction, exponent: ((decimal * 217_706) >> 16) - 63 }, decimal)
}

/// The first 64 bits of every eighth power of ten, rounded.
const POWERS: [u64; 79] = [
    0xab70_fe17_c79a_c6ca,
    0xff77_b1fc_bebc_dc4f,
    0xbe56_91ef_416b_d60c,
    0x8dd0_1fad_907f_fc3c,
    0xd351_5c28_3155_9a83,
    0x9d71_ac8f_ada6_c9b5,
    0xea9c_2277_23ee_8bcb,
    0xaecc_4991_4078_536d,
    0x823c_1279_5db6_ce57,
    0xc210_9436_4dfb_5637,
    0x9096_ea6f_3848_984f,
    0xd774_85cb_2582_3ac7,
    0xa086_cfcd_97bf_97f4,
    0xef34_0a98_172a_ace5,
    0xb238_67fb_2a35_b28e,
    0x84c8_d4df_d2c6_3f3b,
    0xc5dd_4427_1ad3_cdba,
    0x936b_9fce_bb25_c996,
    0xdbac_6c24_7d62_a584,
    0xa3ab_6658_0d5f_daf6,
    0xf3e2_f893_dec3_f126,
    0xb5b5_ada8_aaff_80b8,
    0x8762_5f05_6c7c_4a8b,
    0xc9bc_ff60_34c1_3053,
    0x964e_858c_91ba_2655,
    0xdff9_7724_7029_7ebd,
    0xa6df_bd9f_b8e5_b88f,
    0xf8a9_5fcf_8874_7d94,
    0xb944_7093_8fa8_9bcf,
    0x8a08_f0f8_bf0f_156b,
    0xcdb0_2555_6531_31b6,
    0x993f_e2c6_d07b_7fac,
    0xe45c_10c4_2a2b_3b06,
    0xaa24_2499_6973_92d3,
    0xfd87_b5f2_8300_ca0e,
    0xbce5_0864_9211_1aeb,
    0x8cbc_cc09_6f50_88cc,
    0xd1b7_1758_e219_652c,
    0x9c40_0000_0000_0000,
    0xe8d4_a510_0000_0000,
    0xad78_ebc5_ac62_0000,
    0x813f_3978_f894_0984,
    0xc097_ce7b_c907_15b3,
    0x8f7e_32ce_7bea_5c70,
    0xd5d2_38a4_abe9_8068,
    0x9f4f_2726_179a_2245,
    0xed63_a231_d4c4_fb27,
    0xb0de_6538_8cc8_ada8,
    0x83c7_088e_1aab_65db,
    0xc45d_1df9_4271_1d9a,
    0x924d_692c_a61b_e758,
    0xda01_ee64_1a70_8dea,
    0xa26d_a399_9aef_774a,
    0xf209_787b_b47d_6b85,
    0xb454_e4a1_79dd_1877,
    0x865b_8692_5b9b_c5c2,
    0xc835_53c5_c896_5d3d,
    0x952a_b45c_fa97_a0b3,
    0xde46_9fbd_99a0_5fe3,
    0xa59b_c234_db39_8c25,
    0xf6c6_9a72_a398_9f5c,
    0xb7dc_bf53_54e9_bece,
    0x88fc_f317_f222_41e2,
    0xcc20_ce9b_d35c_78a5,
    0x9816_5af3_7b21_53df,
    0xe2a0_b5dc_971f_303a,
    0xa8d9_d153_5ce3_b396,
    0xfb9b_7cd9_a4a7_443c,
    0xbb76_4c4c_a7a4_4410,
    0x8bab_8eef_b640_9c1a,
    0xd01f_ef10_a657_842c,
    0x9b10_a4e5_e991_3129,
    0xe710_9bfb_a19c_0c9d,
    0xac28_20d9_623b_f429,
    0x8044_4b5e_7aa7_cf85,
    0xbf21_e440_03ac_dd2d,
    0x8e67_9c2f_5e44_ff8f,
    0xd433_179d_9c8c_b841,
    0x9e19_db92_b4e3_1ba9,
];

#[cfg(test)]
mod tests {
    use super::push_float;

    #[test]
    fn floats_are_short_and_stay_floats() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (0.1 + 0.2, "0.30000000000000004"),
            (100.0, "100.0"),
            (1e14, "100000000000000.0"),
            (1e15, "1e+15"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ];
        for (number, text) in cases {
            let mut out = String::new();
            push_float(number, &mut out);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn floats_read_back() {
        let mut bits = 0x0123_4567_89ab_cdefu64;
        for _ in 0..100_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let number = f64::from_bits(bits);
            let mut out = String::new();
            push_float(number, &mut out);
            if number.is_finite() {
                assert_eq!(out.parse::<f64>().map(f64::to_bits), Ok(bits), "{out}");
            }
        }
    }
}
