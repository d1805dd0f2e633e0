//! Changes of an input that a seed repeats: what a test run tries where there is no libFuzzer.

/// Chooses the changes (SplitMix64).
#[derive(Debug, Clone)]
pub struct Mutator(u64);

/// Octets that an input may grow to.
const LONGEST: usize = 4096;

impl Mutator {
    /// The same seed gives the same changes.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `end`; 0 for 0.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let number = mixed ^ (mixed >> 31);
        usize::try_from(number % (end as u64).max(1)).unwrap_or_default()
    }

    /// One of the inputs, with one to eight changes. Words come from the dictionary.
    pub fn change(&mut self, inputs: &[Vec<u8>], words: &[Vec<u8>]) -> Vec<u8> {
        let mut input = self.pick(inputs);
        for _ in 0..=self.below(8) {
            self.once(&mut input, inputs, words);
        }
        input.truncate(LONGEST);
        input
    }

    fn pick(&mut self, of: &[Vec<u8>]) -> Vec<u8> {
        of.get(self.below(of.len())).cloned().unwrap_or_default()
    }

    fn once(&mut self, input: &mut Vec<u8>, inputs: &[Vec<u8>], words: &[Vec<u8>]) {
        const ODD: &[u8] = b"\0\x01\x7f\x80\xff \t\r\n\"\\(){}[]<>*%&$#=?;:,.@/+-0159";
        let start = self.below(input.len() + 1);
        let len = self.below((input.len() - start).min(40) + 1);
        let range = start..start + len;
        match self.below(8) {
            0 => drop(input.drain(range)),
            1 => {
                let piece = input[range].to_vec();
                let to = self.below(input.len() + 1);
                input.splice(to..to, piece);
            }
            2 => {
                let word = self.pick(words);
                input.splice(start..start, word);
            }
            3 => {
                let other = self.pick(inputs);
                let from = self.below(other.len() + 1);
                let to = (from + self.below(60)).min(other.len());
                input.splice(range, other[from..to].iter().copied());
            }
            4 => {
                let odd = ODD[self.below(ODD.len())];
                input.splice(start..start, std::iter::repeat_n(odd, 1 + len / 8));
            }
            5 => self.flip(input),
            6 => {
                let number = self.below(1 << 34).to_string();
                input.splice(start..start, number.into_bytes());
            }
            _ => {
                let octet = self.below(256).to_le_bytes()[0];
                input.insert(start, octet);
            }
        }
    }

    fn flip(&mut self, input: &mut [u8]) {
        let at = self.below(input.len());
        let bit = 1 << self.below(8);
        if let Some(octet) = input.get_mut(at) {
            *octet ^= bit;
        }
    }
}
