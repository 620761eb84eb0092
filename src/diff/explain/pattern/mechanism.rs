//! The catalogue: every mechanism with its stable name and what it means.

macro_rules! catalogue {
    ($($(#[doc = $meaning:literal])+ $variant:ident $name:literal,)+) => {
        /// Something that makes one side's values of the other's, or of something beside them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mechanism {
            $($(#[doc = $meaning])+ $variant,)+
        }

        impl Mechanism {
            /// All there are, with what each means in one line.
            pub const ALL: &'static [(Self, &'static str)] =
                &[$((Self::$variant, concat!($($meaning),+)),)+];

            /// The name in files, which never changes.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

catalogue! {
    /// Values became NULL.
    BecameNull "became_null",
    /// NULL became zero, of whatever type.
    NullToZero "null_to_zero",
    /// NULL became a constant that is not zero.
    NullToValue "null_to_value",
    /// Every value is one that often stands for none: 0, -1, '', 'UNKNOWN', 1970-01-01.
    Default "default",
    /// Every value is one and the same.
    Constant "constant",
    /// What lies beyond a bound became the bound.
    Clamped "clamped",
    /// The sign is flipped.
    SignFlipped "sign_flipped",
    /// The sign is lost: the absolute value.
    Absolute "absolute",
    /// Multiplied by the factor between two units.
    UnitChange "unit_change",
    /// Multiplied by a constant.
    Scaled "scaled",
    /// A constant is added.
    Shifted "shifted",
    /// A straight line with slope and offset.
    Affine "affine",
    /// A straight line whose values are cut or rounded to whole steps.
    TruncatedAffine "truncated_affine",
    /// Rounded to a number of digits.
    Rounded "rounded",
    /// Cut toward zero after a number of digits, or a time cut to a unit.
    Truncated "truncated",
    /// Rounded down.
    Floored "floored",
    /// Rounded up.
    Ceiled "ceiled",
    /// Rounded to a float of 32 bits.
    Float32 "float32",
    /// Floats that differ in their last bits, as sums in another order do.
    FloatNoise "float_noise",
    /// Times moved by whole quarters of an hour, as between time zones.
    TimeZone "time_zone",
    /// Dates moved by one day.
    DayShift "day_shift",
    /// Two columns have each other's values.
    Swapped "swapped",
    /// The value of another column of the row.
    OtherColumn "other_column",
    /// The value at a path of a JSON document of the row.
    JsonPath "json_path",
    /// The value of the row before, in the order of the key.
    PreviousRow "previous_row",
    /// The value of the row after, in the order of the key.
    NextRow "next_row",
    /// The value of the same entity at an earlier date.
    Stale "stale",
    /// The value of the same entity at a later date.
    Later "later",
    /// A running total that began again at zero within the rows.
    RunningTotalRestart "running_total_restart",
    /// Upper and lower case.
    CaseChanged "case_changed",
    /// White space or other padding at the ends taken away.
    Trimmed "trimmed",
    /// Padded to a width.
    Padded "padded",
    /// White space within changed.
    Whitespace "whitespace",
    /// Punctuation taken away or replaced.
    Punctuation "punctuation",
    /// Another Unicode form, or accents taken away.
    UnicodeForm "unicode_form",
    /// Leading zeros taken away.
    LeadingZeros "leading_zeros",
    /// A prefix added.
    PrefixAdded "prefix_added",
    /// A prefix taken away.
    PrefixRemoved "prefix_removed",
    /// A suffix added.
    SuffixAdded "suffix_added",
    /// A suffix taken away.
    SuffixRemoved "suffix_removed",
    /// Cut to a number of characters.
    Cut "cut",
    /// Equal but for case, white space, punctuation and accents together.
    Normalised "normalised",
    /// The same words in the opposite order, such as two teams.
    WordsReversed "words_reversed",
    /// Few values, each spelled in another way.
    Spelling "spelling",
    /// The same date written in another format.
    DateFormat "date_format",
    /// The same number written as another text.
    NumberText "number_text",
    /// The same JSON value written as another text.
    JsonForm "json_form",
    /// JSON objects that agree in their common members, where one side lacks some.
    JsonMembers "json_members",
    /// The same elements in another order.
    Reordered "reordered",
    /// The elements up to some length.
    Shortened "shortened",
    /// One position of the array changed.
    PositionChanged "position_changed",
}
