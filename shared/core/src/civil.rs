//! The proleptic Gregorian calendar: dates, and days counted from 1970-01-01. Years begin in March here, so that the leap
//! day is the last one, and 400 of them are an era.

/// Days of 400 years.
const ERA: i64 = 146_097;
/// Days from the beginning of an era to 1970-01-01.
const TO_1970: i64 = 719_468;

/// Days from 1970-01-01 to a date. Whether there is such a date is not looked at: [`date`] gives another one if not.
pub const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - TO_1970
}

/// Year, month and day of a day counted from 1970-01-01.
pub const fn date(days: i64) -> (i64, i64, i64) {
    let shifted = days + TO_1970;
    let (era, day_of_era) = (shifted.div_euclid(ERA), shifted.rem_euclid(ERA));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let (month, next) =
        if month_from_march < 10 { (month_from_march + 3, 0) } else { (month_from_march - 9, 1) };
    (year_of_era + era * 400 + next, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_is_the_one_after_the_day_before() {
        let mut before = date(days(1895, 12, 31));
        for day in days(1896, 1, 1)..days(2404, 3, 2) {
            let (year, month, day_of_month) = date(day);
            assert_eq!(days(year, month, day_of_month), day);
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let last = [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            let next = match before {
                (year, 12, 31) => (year + 1, 1, 1),
                (year, month, day) if month == 2 && day == 28 && leap => (year, 2, 29),
                (year, month, day) if day >= last[month as usize - 1] => (year, month + 1, 1),
                (year, month, day) => (year, month, day + 1),
            };
            assert_eq!((year, month, day_of_month), next);
            before = next;
        }
        assert_eq!((days(1970, 1, 1), days(2000, 2, 29), date(-1)), (0, 11_016, (1969, 12, 31)));
    }
}
