"""Units: every conversion is exact, rounded once, and agrees with pint reading the same UCUM codes."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ucumvert import PintUcumRegistry

from clinguide.units import (
    LARGEST,
    MICRO,
    UnitError,
    canonical,
    combined,
    convert,
    duration_text,
    is_unit,
    iso_duration,
    micro_text,
    microseconds,
    parse_number,
    quantity,
    same_dimension,
    to_micro,
    unit,
)

CODES = tuple(
    word
    for line in (
        "kg g mg ug ng pg L dL mL uL fL m cm mm m2 s min h d wk a Cel [degF] mm[Hg] cm[H2O] kPa % 1",
        "mol mmol umol nmol pmol [iU] U 10*9/L 10*6/L 10*3/uL /uL 1/min L/min mL/min mg/d mg/kg ug/kg/min mg/m2 kg/m2",
        "U/L [iU]/L mg/dL g/dL g/L ng/mL ug/L mg/L mmol/L umol/L mm[Hg]/a mg/d/m2 mg.h/L",
    )
    for word in line.split()
)
FACTORS = [code for code in CODES if code not in ("Cel", "[degF]")]
TIMES = ("s", "min", "h", "d", "wk")

PAIRS = [(a, b) for a in CODES for b in CODES if same_dimension(a, b)]

numbers = st.decimals(min_value=-(10**6), max_value=10**6, places=6).map(Fraction)


def refusal(error: pytest.ExceptionInfo[UnitError]) -> tuple[str, str | None]:
    """Read what a refusal says: message and hint."""
    return error.value.message, error.value.hint


# --- the oracle


@cache
def registry() -> Any:
    """Load pint with UCUM codes, once."""
    return PintUcumRegistry()


@cache
def in_pint(code: str) -> Any:
    """Pint's reading of a UCUM code."""
    return registry().from_ucum(code)


def pint_converts(number: float, from_code: str, to_code: str) -> float:
    """Convert as pint does."""
    source, target = in_pint(from_code), in_pint(to_code)
    if from_code in ("Cel", "[degF]"):
        return float(registry().Quantity(number, source.units).to(target.units).magnitude)
    return float((number * source).to(target.units).magnitude / target.magnitude)


# pint has the conventional millimetre of mercury (133.322387 Pa), UCUM 133.322 Pa.
def allowed(a: str, b: str) -> float:
    """How far pint may be from us, as a part of the value."""
    return 3e-6 if ("[Hg]" in a) != ("[Hg]" in b) else 1e-12


@pytest.mark.parametrize("from_code", CODES)
def test_every_conversion_agrees_with_pint(from_code: str) -> None:
    """Any two units of one dimension convert as pint converts them; any others are refused."""
    for to_code in CODES:
        if same_dimension(from_code, to_code):
            for number in (1, 36.6, 0.0037, 1e6):
                ours = float(convert(Fraction(number), from_code, to_code))
                expected = pint_converts(number, from_code, to_code)
                assert ours == pytest.approx(expected, rel=allowed(from_code, to_code)), to_code
        else:
            with pytest.raises(UnitError):
                convert(1, from_code, to_code)


@pytest.mark.parametrize("a", CODES)
def test_dimensions_agree_with_pint(a: str) -> None:
    """Two units measure the same exactly where pint says so; but an international unit is never a plain number."""
    for b in CODES:
        if ("[iU]" in a) == ("[iU]" in b):
            assert same_dimension(a, b) == (in_pint(a).dimensionality == in_pint(b).dimensionality), b
        else:
            assert not same_dimension(a, b), b


# --- exactness


@pytest.mark.parametrize(
    ("number", "from_code", "to_code", "result"),
    [
        ("100.4", "degF", "Cel", "38"),
        ("98.6", "[degF]", "Cel", "37"),
        ("-40", "Cel", "[degF]", "-40"),
        ("7.5", "mg/L", "mg/dL", "0.75"),
        ("75", "10*9/L", "/uL", "75000"),
        ("75", "10*3/uL", "10*9/L", "75"),
        ("0.5", "10*9/L", "10*6/L", "500"),
        ("500", "ng/mL", "ug/L", "500"),
        ("1", "mmHg", "kPa", "0.133322"),
        ("1", "cmH2O", "kPa", "0.0980665"),
        ("1", "a", "d", "365.25"),
        ("12", "a", "h", "105192"),
        ("0.1", "ug/kg/min", "mg/kg/h", "0.006"),
        ("1", "U/L", "umol/min/L", "1"),
        ("50", "%", "1", "0.5"),
        ("1.73", "m2", "cm2", "17300"),
    ],
)
def test_known_conversions_are_exact(number: str, from_code: str, to_code: str, result: str) -> None:
    """What is known from tables comes out to the last digit, as a fraction."""
    assert convert(number, from_code, to_code) == Fraction(result)


@given(numbers, st.sampled_from(PAIRS))
def test_conversion_loses_nothing_there_and_back(number: Fraction, pair: tuple[str, str]) -> None:
    """Every number is converted exactly (fractions): by way of another unit it is still the same number."""
    result = number
    for before, after in (pair, pair[::-1]):
        result = convert(result, before, after)
    assert result == number


@given(numbers, st.sampled_from(PAIRS))
def test_it_is_rounded_half_even_once(number: Fraction, pair: tuple[str, str]) -> None:
    """Rounded half-even once to 10^-6 of the target, and kept as an integer."""
    exact = convert(number, *pair) * MICRO
    assume(abs(exact) <= LARGEST * MICRO)
    micro = to_micro(number, *pair)
    assert abs(micro - exact) <= Fraction(1, 2)
    if abs(micro - exact) == Fraction(1, 2):
        assert micro % 2 == 0


@given(st.integers(-(10**9), 10**9))
def test_halves_round_to_the_even_neighbour(thousandths: int) -> None:
    """A half of a millionth goes to the even side, on both sides of zero, as decimal arithmetic has it."""
    number = Decimal(thousandths * 500).scaleb(-6)  # half-thousandths of a gram, kept as kilograms
    expected = number.scaleb(3).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    assert to_micro(number, "g", "kg") == int(expected)


@pytest.mark.parametrize(("fahrenheit", "fever"), [("100.3", False), ("100.4", True), ("100.5", True)])
def test_a_threshold_is_met_at_its_own_number_in_any_unit(fahrenheit: str, fever: bool) -> None:
    """38.0 Cel and 100.4 degF are one temperature: at least 38 Cel from there on and not before."""
    assert (to_micro(fahrenheit, "degF", "Cel") >= to_micro("38.0", "Cel", "Cel")) is fever


@pytest.mark.parametrize(("cells", "low"), [("499.999999", True), ("500", False), ("500.000001", False)])
def test_a_threshold_in_cells_is_met_exactly(cells: str, low: bool) -> None:
    """500 per microlitre is 0.5 10*9/L: below it by a millionth is below."""
    assert (to_micro(cells, "/uL", "10*6/L") < to_micro("0.5", "10*9/L", "10*6/L")) is low


# --- what is refused


@pytest.mark.parametrize("number", ["38.1234567", Decimal("38.1234567"), Decimal("1.0000000")])
def test_more_than_six_decimals_are_refused(number: str | Decimal) -> None:
    """More than 6 decimals in a file is refused, not rounded, zeros too."""
    with pytest.raises(UnitError) as error:
        to_micro(number, "Cel", "Cel")
    assert refusal(error) == (f"{number} has more than 6 decimals", "round it, or use a smaller unit")


def test_six_decimals_are_kept() -> None:
    """Six decimals are the last that are taken, and none is lost."""
    assert to_micro("0.000001", "mg", "mg") == 1


@pytest.mark.parametrize(
    ("number", "from_code", "to_code"),
    [("9000000000000.000001", "mg", "mg"), ("-9000000000001", "mg", "mg"), ("9000000001", "g", "ng")],
)
def test_beyond_nine_million_million_is_refused(number: str, from_code: str, to_code: str) -> None:
    """Beyond 9e12, as written or as kept, is refused: micro-units would not fit 64 bits."""
    with pytest.raises(UnitError, match="too large"):
        to_micro(number, from_code, to_code)


def test_nine_million_million_itself_is_kept() -> None:
    """The limit itself still fits the 64-bit integers of the second engine."""
    assert to_micro("9000000000000", "mg", "mg") == 9 * 10**18 < 2**63


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1e3", "write the number without an exponent"),
        ("+5", "leave out the plus sign"),
        (".5", "write a zero before the point"),
        ("5.", "leave out the point, or write a digit after it"),
        ("05", "leave out the zeros at the start"),
        ("1,000", "write the number without separators"),
        ("1_000", "write the number without separators"),
        ("1,5", "write a decimal point, not a comma"),
        ("NaN", "write a number, or 'unknown' where none is known"),
        ("-inf", "write a number, or 'unknown' where none is known"),
        ("\uff13\uff18", "these are not the digits of the keyboard: write 38"),
        ("\u22125", "these are not the digits of the keyboard: write -5"),
        ("\u0663", "write digits, with a point before decimals"),
        ("five", "write digits, with a point before decimals"),
        ("5 ", "write digits, with a point before decimals"),
        ("", "write digits, with a point before decimals"),
        ("1\n", "write digits, with a point before decimals"),
    ],
)
def test_a_number_is_plain_digits(text: str, hint: str) -> None:
    """Whatever two readers could read in two ways is no number, and the hint says how to write it."""
    with pytest.raises(UnitError) as error:
        parse_number(text)
    assert refusal(error) == (f"'{text}' is not a number", hint)


def test_a_number_of_a_thousand_digits_is_refused() -> None:
    """A hostile number costs nothing."""
    with pytest.raises(UnitError) as error:
        parse_number("9" * 1000)
    assert refusal(error) == ("a number of 1000 characters is too long", None)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_every_plain_decimal_is_read_exactly(number: Decimal) -> None:
    """A number as written is the number that is meant."""
    assert parse_number(f"{number:f}") == Fraction(number)


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("mcg", "did you mean 'ug'?"),
        ("\u00b5g/L", "did you mean 'ug/L'?"),
        ("mg/dl", "did you mean 'mg/dL'?"),
        ("MG", "did you mean 'mg'?"),
        ("C", "did you mean 'Cel'?"),
        ("\u00b0F", "did you mean 'degF'?"),
        ("hrs", "did you mean 'h'?"),
        ("10^9/L", "did you mean '10*9/L'?"),
        ("Cel/h", "a temperature cannot be multiplied or divided"),
        ("mg.degF", "a temperature cannot be multiplied or divided"),
        ("Cel2", "did you mean 'Cel'?"),
        ("\u043cg", "Cyrillic small letter em at character 1 belongs to no unit"),
        ("vials", "units are UCUM codes such as mg, mg/kg, 10*9/L, Cel, mmHg"),
        ("mg//kg", "units are UCUM codes such as mg, mg/kg, 10*9/L, Cel, mmHg"),
        ("mg/", "units are UCUM codes such as mg, mg/kg, 10*9/L, Cel, mmHg"),
        ("", "units are UCUM codes such as mg, mg/kg, 10*9/L, Cel, mmHg"),
    ],
)
def test_what_is_no_unit_is_refused_with_a_hint(code: str, hint: str) -> None:
    """A unit is exactly a known code; the hint says which was probably meant."""
    with pytest.raises(UnitError) as error:
        unit(code)
    assert refusal(error) == (f"no unit is called '{code}'", hint)
    assert not is_unit(code)


def test_a_unit_of_a_megabyte_is_refused_in_a_short_message() -> None:
    """A hostile unit costs nothing and is not printed whole."""
    with pytest.raises(UnitError) as error:
        unit("mg/" * 400_000)
    assert len(str(error.value)) < 100
    assert not is_unit("mg/" * 400_000)


@pytest.mark.parametrize(("a", "b"), [("mg", "mL"), ("U/L", "[iU]/L"), ("Cel", "d"), ("mg", "1"), ("mmol/L", "mg/dL")])
def test_units_of_different_things_are_never_converted(a: str, b: str) -> None:
    """A mass is no volume, and a mole of an unnamed substance has no mass."""
    with pytest.raises(UnitError) as error:
        convert(1, a, b)
    assert refusal(error) == (f"'{a}' cannot be converted to '{b}'", f"write the value in {b}")


@pytest.mark.parametrize("number", [True, 38.5])
def test_a_float_or_boolean_is_a_mistake_of_the_program(number: Any) -> None:
    """Only exact numbers come in: a boolean is never 1, and a float was rounded before."""
    with pytest.raises(TypeError, match="is not an exact number"):
        to_micro(number, "mg", "mg")


@pytest.mark.parametrize("number", [Decimal("NaN"), Decimal("Infinity"), Decimal("1E+999999")])
def test_a_decimal_that_is_no_plain_number_is_refused(number: Decimal) -> None:
    """Not-a-number and sizes beyond all measure never become a value."""
    with pytest.raises(UnitError, match="is not a number that can be kept"):
        to_micro(number, "mg", "mg")


# --- names and texts


@pytest.mark.parametrize(
    ("code", "ucum"),
    [
        ("degF", "[degF]"),
        ("mmHg", "mm[Hg]"),
        ("mmHg/a", "mm[Hg]/a"),
        ("cmH2O", "cm[H2O]"),
        ("IU/L", "[iU]/L"),
        ("/uL", "/uL"),
        ("10*9/L", "10*9/L"),
        ("mmHg2", "mm[Hg]2"),
        ("1", "1"),
    ],
)
def test_units_are_written_back_as_ucum(code: str, ucum: str) -> None:
    """Names without brackets are for input only, and mean what their UCUM code means."""
    assert canonical(code) == ucum
    assert unit(code) == unit(ucum)


@pytest.mark.parametrize("code", [code for code in CODES if code != "1"])
def test_every_unit_we_use_is_known_and_is_its_own_ucum_code(code: str) -> None:
    """The table holds all of them under their UCUM code."""
    assert is_unit(code)
    assert canonical(code) == code


def test_the_unit_of_pure_numbers_is_never_written_after_a_number() -> None:
    """`5 1` is a slip, not five."""
    assert unit("1").dimension == ()
    assert not is_unit("1")


@given(st.sampled_from(FACTORS), st.sampled_from([code for code in FACTORS if "/" not in code]))
def test_a_quotient_has_the_dimension_of_its_parts(a: str, b: str) -> None:
    """Dimensions multiply and divide with their units."""
    assert unit(f"{a}/{b}").dimension == combined(unit(a).dimension, unit(b).dimension, -1)
    assert unit(f"{a}.{b}").dimension == combined(unit(a).dimension, unit(b).dimension)


@given(st.integers(-LARGEST * MICRO, LARGEST * MICRO), st.sampled_from(CODES))
def test_micro_units_are_written_exactly(micro: int, code: str) -> None:
    """The text is the shortest decimal that reads back as the same number of micro-units."""
    number, written = quantity(micro_text(micro, code))
    assert (written or "1") == code
    assert to_micro(number, code, code) == micro
    assert "." not in number or not number.endswith("0")


@pytest.mark.parametrize(
    ("micro", "code", "text"),
    [
        (656_000_000, "mg", "656 mg"),
        (38_900_000, "Cel", "38.9 Cel"),
        (5_000_000, None, "5"),
        (5_000_000, "1", "5"),
        (-500_000, "mmHg", "-0.5 mm[Hg]"),
        (0, "mg", "0 mg"),
    ],
)
def test_quantities_are_printed_short(micro: int, code: str | None, text: str) -> None:
    """A clinician reads no zeros that say nothing."""
    assert micro_text(micro, code) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [("8 mg/kg", ("8", "mg/kg")), ("38.5 Cel", ("38.5", "Cel")), ("-1", ("-1", None)), ("75 10*9/L", ("75", "10*9/L"))],
)
def test_a_quantity_is_split_as_written(text: str, parts: tuple[str, str | None]) -> None:
    """Number and unit come out as they stand in the file."""
    assert quantity(text) == parts


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("38.5Cel", "'38.5Cel' lacks a space before its unit", "write '38.5 Cel'"),
        ("8 mg kg", "'8 mg kg' is not a number and a unit", "write one number, one space and one unit"),
        ("8  mg", "'8  mg' is not a number and a unit", "write one number, one space and one unit"),
        ("8 mgg", "no unit is called 'mgg'", "did you mean 'mg'?"),
        ("mg 8", "'mg' is not a number", "write digits, with a point before decimals"),
    ],
)
def test_a_quantity_in_disorder_is_refused(text: str, message: str, hint: str) -> None:
    """One number, one space, one unit."""
    with pytest.raises(UnitError) as error:
        quantity(text)
    assert refusal(error) == (message, hint)


# --- durations


@given(st.integers(-(10**7), 10**7), st.sampled_from(TIMES))
def test_a_duration_is_exact_in_microseconds(number: int, code: str) -> None:
    """A duration is the number of its seconds, a million times, with nothing rounded."""
    seconds = {"s": 1, "min": 60, "h": 3600, "d": 86400, "wk": 604800}[code]
    assert microseconds(number, code) == number * seconds * 1_000_000


@given(st.integers(0, 10**16))
def test_what_a_duration_says_adds_up_to_it(us: int) -> None:
    """The parts of the printed duration are the whole of it."""
    words = duration_text(us).split(" ")
    assert sum(microseconds(*part) for part in zip(words[::2], words[1::2], strict=True)) == us
    assert duration_text(-us) == (f"-{duration_text(us)}" if us else "0 s")


@pytest.mark.parametrize(
    ("written", "text", "iso"),
    [
        ("30 min", "30 min", "PT30M"),
        ("60 min", "1 h", "PT1H"),
        ("90 min", "90 min", "PT1H30M"),
        ("1 d", "24 h", "PT24H"),
        ("48 h", "48 h", "PT48H"),
        ("72 h", "3 d", "PT72H"),
        ("2 wk", "14 d", "PT336H"),
        ("1573 min", "26 h 13 min", "PT26H13M"),
        ("100 h", "4 d 4 h", "PT100H"),
        ("18 a", "18 a", "PT157788H"),
        ("90 s", "90 s", "PT1M30S"),
        ("0.5 s", "0.5 s", "PT0.5S"),
        ("-2 h", "-2 h", "-PT2H"),
        ("0 h", "0 s", "PT0S"),
    ],
)
def test_durations_are_printed_as_they_are_said(written: str, text: str, iso: str) -> None:
    """Hours up to two days, days from three, years where they are whole; ISO 8601 for machines."""
    number, code = quantity(written)
    us = microseconds(number, code or "")
    assert duration_text(us) == text
    assert iso_duration(us) == iso


@pytest.mark.parametrize(
    ("number", "code", "message"),
    [
        ("8", "mg", "'mg' is not a unit of time"),
        ("1.1234567", "s", "1.1234567 has more than 6 decimals"),
        (Fraction(1, 3), "s", "1/3 s is no whole number of microseconds"),
        ("9000000000001", "s", "the number is too large"),
        ("0.000001", "mm", "'mm' is not a unit of time"),
    ],
)
def test_a_duration_is_exact_or_refused(number: str | Fraction, code: str, message: str) -> None:
    """A duration that is no whole number of microseconds, or of no time at all, is refused."""
    with pytest.raises(UnitError) as error:
        microseconds(number, code)
    assert error.value.message == message
