//! Who may do what with a mailbox: RFC 4314.
//!
//! Users are numbers here; the server knows their names. The owner of an account has all rights
//! on its mailboxes, whatever their access control lists say.

use std::collections::BTreeMap;

/// A user, by the number of their account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub u64);

/// As whom an account is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// Whose it is.
    Owner,
    /// Somebody else, who may do what access control lists say.
    User(UserId),
    /// Somebody to whom nothing of it exists.
    Nobody,
}

/// A set of rights: RFC 4314 section 2.1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rights(u16);

/// The letter of each right, by bit.
const LETTERS: [char; 11] = ['l', 'r', 's', 'w', 'i', 'p', 'k', 'x', 't', 'e', 'a'];

/// A letter that names no right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownRight(pub char);

impl Rights {
    /// None.
    pub const NONE: Self = Self(0);
    /// `l`: the mailbox is seen by LIST.
    pub const LOOKUP: Self = Self(1);
    /// `r`: SELECT, STATUS.
    pub const READ: Self = Self(1 << 1);
    /// `s`: `\Seen` is kept.
    pub const SEEN: Self = Self(1 << 2);
    /// `w`: flags other than `\Seen` and `\Deleted`.
    pub const WRITE: Self = Self(1 << 3);
    /// `i`: APPEND and COPY into it.
    pub const INSERT: Self = Self(1 << 4);
    /// `p`: mail to the mailbox's own address.
    pub const POST: Self = Self(1 << 5);
    /// `k`: CREATE below it.
    pub const CREATE: Self = Self(1 << 6);
    /// `x`: DELETE, RENAME.
    pub const DELETE: Self = Self(1 << 7);
    /// `t`: `\Deleted`.
    pub const TRASH: Self = Self(1 << 8);
    /// `e`: EXPUNGE.
    pub const EXPUNGE: Self = Self(1 << 9);
    /// `a`: SETACL and the like.
    pub const ADMINISTER: Self = Self(1 << 10);
    /// All.
    pub const ALL: Self = Self((1 << LETTERS.len()) - 1);
    /// Any of these shows that the mailbox exists (MYRIGHTS).
    pub const REVEALING: Self = Self::LOOKUP
        .union(Self::READ)
        .union(Self::INSERT)
        .union(Self::CREATE)
        .union(Self::DELETE)
        .union(Self::ADMINISTER);
    /// Any of these is something to do with the messages (RFC 5464 section 3.3).
    pub const CONTENT: Self = Self::READ
        .union(Self::SEEN)
        .union(Self::WRITE)
        .union(Self::INSERT)
        .union(Self::POST);
    /// Each is for some flags.
    pub const FLAGS: Self = Self::SEEN.union(Self::WRITE).union(Self::TRASH);

    /// Messages can be taken away: MOVE (RFC 6851 section 4.2), REPLACE (RFC 8508 section 4.1).
    pub const REMOVAL: Self = Self::TRASH.union(Self::EXPUNGE);

    /// The virtual right `c`: RFC 4314 section 2.1.1.
    const OLD_CREATE: Self = Self::CREATE.union(Self::DELETE);
    /// The virtual right `d`.
    const OLD_DELETE: Self = Self::TRASH.union(Self::EXPUNGE);

    /// The rights that the letters name; `c` and `d` are what they stood for in RFC 2086.
    pub fn parse(letters: &str) -> Result<Self, UnknownRight> {
        letters.chars().try_fold(Self::NONE, |rights, letter| {
            let right = match letter {
                'c' => Self::OLD_CREATE,
                'd' => Self::OLD_DELETE,
                letter => Self::of(letter).ok_or(UnknownRight(letter))?,
            };
            Ok(rights.union(right))
        })
    }

    fn of(letter: char) -> Option<Self> {
        let bit = LETTERS.iter().position(|known| *known == letter)?;
        Some(Self(1 << bit))
    }

    /// Whether all of `other` are among these.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether any of `other` is among these.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The rights of either.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The rights of this that are not in `other`.
    pub const fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The letters, without the virtual rights: how events and snapshots name them.
    pub(crate) fn letters(self) -> String {
        let has = |letter: &&char| Self::of(**letter).is_some_and(|right| self.contains(right));
        LETTERS.iter().filter(has).collect()
    }

    /// The letters that a client is told, with `c` and `d` where it has any of what they stand
    /// for (section 2.1.1).
    pub fn told(self) -> String {
        let mut told = self.difference(Self::ADMINISTER).letters();
        let virtual_rights = [(Self::OLD_CREATE, 'c'), (Self::OLD_DELETE, 'd')];
        let shown = virtual_rights.iter().filter(|(of, _)| self.intersects(*of));
        told.extend(shown.map(|(_, letter)| *letter));
        told.extend(self.contains(Self::ADMINISTER).then_some('a'));
        told
    }

    /// What LISTRIGHTS tells that can be granted: no right is tied to another.
    pub fn each() -> impl Iterator<Item = String> {
        Self::ALL
            .told()
            .chars()
            .map(String::from)
            .collect::<Vec<_>>()
            .into_iter()
    }
}

/// Whom an entry of an access control list is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// Everybody: `anyone`.
    Anyone,
    /// One user.
    User(UserId),
}

/// An identifier of an access control list: RFC 4314 section 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identifier {
    /// The rights are taken away: the name begins with a dash.
    pub negative: bool,
    /// Whom it is about.
    pub subject: Subject,
}

impl Identifier {
    /// The identifier that grants.
    pub fn granting(subject: Subject) -> Self {
        Self {
            negative: false,
            subject,
        }
    }
}

/// How SETACL changes the rights of an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modification {
    /// They are these from now on.
    Replace(Rights),
    /// These are added.
    Add(Rights),
    /// These are removed.
    Remove(Rights),
}

impl Modification {
    /// `+` or `-` or neither, and rights: RFC 4314 section 3.1.
    pub fn parse(text: &str) -> Result<Self, UnknownRight> {
        match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(added), _) => Rights::parse(added).map(Self::Add),
            (None, Some(removed)) => Rights::parse(removed).map(Self::Remove),
            (None, None) => Rights::parse(text).map(Self::Replace),
        }
    }

    /// What comes of `before`.
    pub fn of(self, before: Rights) -> Rights {
        match self {
            Self::Replace(rights) => rights,
            Self::Add(rights) => before.union(rights),
            Self::Remove(rights) => before.difference(rights),
        }
    }
}

/// The access control list of a mailbox. An identifier without rights is not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acl(BTreeMap<Identifier, Rights>);

impl Acl {
    /// What a user may do: whatever is granted to them or to anyone, less whatever is taken from
    /// them or from anyone.
    pub fn rights(&self, user: UserId) -> Rights {
        let of = |negative| {
            let subjects = [Subject::Anyone, Subject::User(user)];
            let rights = subjects.map(|subject| self.get(Identifier { negative, subject }));
            rights.into_iter().fold(Rights::NONE, Rights::union)
        };
        of(false).difference(of(true))
    }

    /// The rights beside an identifier.
    pub fn get(&self, identifier: Identifier) -> Rights {
        self.0.get(&identifier).copied().unwrap_or_default()
    }

    /// Identifiers and rights, in order.
    pub fn entries(&self) -> impl Iterator<Item = (Identifier, Rights)> {
        self.0
            .iter()
            .map(|(identifier, rights)| (*identifier, *rights))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nobody but the owner has any right.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn set(&mut self, identifier: Identifier, rights: Rights) {
        match rights.is_empty() {
            true => self.0.remove(&identifier),
            false => self.0.insert(identifier, rights),
        };
    }
}
