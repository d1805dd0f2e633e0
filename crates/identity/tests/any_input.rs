//! Whatever arrives: no panic, and normal forms stay as they are.
#![allow(clippy::unwrap_used, clippy::panic)]

use postern_identity::{AccountName, Mechanism, Step};
use proptest::prelude::*;

/// Text that is likely to be near a name.
fn near_a_name() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "\\PC{0,12}(@\\PC{0,12})?",
        "[a-zA-Z0-9.+@-]{0,40}",
        "[a-z]{1,3}@(xn--[a-z0-9-]{1,20}\\.){0,2}[A-Za-zà-ÿÀ-ÞА-яא-ת가-힣-]{1,8}",
        "[\u{300}-\u{36f}\u{ff00}-\u{ffef}\u{1e00}-\u{1fff}a]{1,8}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_normal_form_is_its_own(text in near_a_name()) {
        if let Ok(name) = AccountName::parse(&text) {
            prop_assert_eq!(AccountName::parse(name.as_str()), Ok(name.clone()));
            prop_assert!(name.as_str().len() <= 255);
            prop_assert!(!name.as_str().contains(['/', '"', '\\', ' ', '\0', '\r', '\n']));
            let whole = match name.domain() {
                Some(domain) => format!("{}@{domain}", name.local()),
                None => name.local().to_owned(),
            };
            prop_assert_eq!(name.as_str(), whole);
        }
    }

    #[test]
    fn an_address_without_detail_is_its_name(text in near_a_name()) {
        if let Ok((name, None)) = AccountName::parse_address(&text)
            && !text.contains('+')
        {
            prop_assert_eq!(AccountName::parse(&text), Ok(name));
        }
    }

    #[test]
    fn plain_takes_just_what_has_its_form(message in prop::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 0..40)) {
        if let Ok(Step::Done(it)) = Mechanism::Plain.start(Some(&message)) {
            let authzid = it.authzid.unwrap_or_default();
            let again = format!("{authzid}\0{}\0{}", it.authcid, *it.password);
            prop_assert_eq!(again.as_bytes(), message.as_slice());
        }
    }

    #[test]
    fn login_never_panics(name in prop::collection::vec(any::<u8>(), 0..40), password in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(Step::Challenge(_, next)) = Mechanism::Login.start(Some(&name))
            && let Ok(Step::Done(it)) = next.respond(&password)
        {
            prop_assert_eq!(it.authcid.as_bytes(), name.as_slice());
            prop_assert_eq!(it.password.as_bytes(), password.as_slice());
        }
    }
}
