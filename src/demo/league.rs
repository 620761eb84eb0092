//! The thirty teams and where they play at home.

/// A team of the league.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Team {
    /// The NBA's own id.
    pub(crate) id: i64,
    /// Three letters: `BOS`.
    pub(crate) tricode: &'static str,
    pub(crate) name: &'static str,
    pub(crate) arena: &'static str,
    pub(crate) city: &'static str,
    /// Two letters of the state or province.
    pub(crate) state: &'static str,
    /// The arena's IANA time zone.
    pub(crate) timezone: &'static str,
}

const EASTERN: &str = "America/New_York";
const CENTRAL: &str = "America/Chicago";
const MOUNTAIN: &str = "America/Denver";
const PACIFIC: &str = "America/Los_Angeles";

/// All teams, by id.
#[rustfmt::skip] // a table, one team a line
pub(crate) static TEAMS: [Team; 30] = [
    team(1610612737, "ATL", "Hawks", "State Farm Arena", "Atlanta", "GA", EASTERN),
    team(1610612738, "BOS", "Celtics", "TD Garden", "Boston", "MA", EASTERN),
    team(1610612739, "CLE", "Cavaliers", "Rocket Arena", "Cleveland", "OH", EASTERN),
    team(1610612740, "NOP", "Pelicans", "Smoothie King Center", "New Orleans", "LA", CENTRAL),
    team(1610612741, "CHI", "Bulls", "United Center", "Chicago", "IL", CENTRAL),
    team(1610612742, "DAL", "Mavericks", "American Airlines Center", "Dallas", "TX", CENTRAL),
    team(1610612743, "DEN", "Nuggets", "Ball Arena", "Denver", "CO", MOUNTAIN),
    team(1610612744, "GSW", "Warriors", "Chase Center", "San Francisco", "CA", PACIFIC),
    team(1610612745, "HOU", "Rockets", "Toyota Center", "Houston", "TX", CENTRAL),
    team(1610612746, "LAC", "Clippers", "Intuit Dome", "Inglewood", "CA", PACIFIC),
    team(1610612747, "LAL", "Lakers", "Crypto.com Arena", "Los Angeles", "CA", PACIFIC),
    team(1610612748, "MIA", "Heat", "Kaseya Center", "Miami", "FL", EASTERN),
    team(1610612749, "MIL", "Bucks", "Fiserv Forum", "Milwaukee", "WI", CENTRAL),
    team(1610612750, "MIN", "Timberwolves", "Target Center", "Minneapolis", "MN", CENTRAL),
    team(1610612751, "BKN", "Nets", "Barclays Center", "Brooklyn", "NY", EASTERN),
    team(1610612752, "NYK", "Knicks", "Madison Square Garden", "New York", "NY", EASTERN),
    team(1610612753, "ORL", "Magic", "Kia Center", "Orlando", "FL", EASTERN),
    team(1610612754, "IND", "Pacers", "Gainbridge Fieldhouse", "Indianapolis", "IN", "America/Indiana/Indianapolis"),
    team(1610612755, "PHI", "76ers", "Xfinity Mobile Arena", "Philadelphia", "PA", EASTERN),
    team(1610612756, "PHX", "Suns", "Mortgage Matchup Center", "Phoenix", "AZ", "America/Phoenix"),
    team(1610612757, "POR", "Trail Blazers", "Moda Center", "Portland", "OR", PACIFIC),
    team(1610612758, "SAC", "Kings", "Golden 1 Center", "Sacramento", "CA", PACIFIC),
    team(1610612759, "SAS", "Spurs", "Frost Bank Center", "San Antonio", "TX", CENTRAL),
    team(1610612760, "OKC", "Thunder", "Paycom Center", "Oklahoma City", "OK", CENTRAL),
    team(1610612761, "TOR", "Raptors", "Scotiabank Arena", "Toronto", "ON", "America/Toronto"),
    team(1610612762, "UTA", "Jazz", "Delta Center", "Salt Lake City", "UT", MOUNTAIN),
    team(1610612763, "MEM", "Grizzlies", "FedExForum", "Memphis", "TN", CENTRAL),
    team(1610612764, "WAS", "Wizards", "Capital One Arena", "Washington", "DC", EASTERN),
    team(1610612765, "DET", "Pistons", "Little Caesars Arena", "Detroit", "MI", "America/Detroit"),
    team(1610612766, "CHA", "Hornets", "Spectrum Center", "Charlotte", "NC", EASTERN),
];

const fn team(
    id: i64,
    tricode: &'static str,
    name: &'static str,
    arena: &'static str,
    city: &'static str,
    state: &'static str,
    timezone: &'static str,
) -> Team {
    Team {
        id,
        tricode,
        name,
        arena,
        city,
        state,
        timezone,
    }
}
