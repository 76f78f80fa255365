//! The register's rules.
pub mod appointments;
pub mod card;
pub mod details;
pub mod list;
pub mod member;
pub mod organisation;
pub mod periods;
pub mod record;
pub mod rules;
pub mod verify;
/// x
pub mod phone {
    /// x
    pub struct Phone {
        /// x
        pub number: String,
        /// x
        pub understood: bool,
    }
    impl Phone {
        /// x
        pub fn read(_: &str, _: Option<&str>) -> Option<Self> {
            None
        }
    }
}
pub mod identity_number {
    //! x
    /// x
    #[derive(Clone, Debug)]
    pub struct IdentityNumber;
    impl IdentityNumber {
        /// x
        pub fn canonical(&self) -> &str {
            ""
        }
        /// x
        pub fn parse(_: &str, _: Option<&str>, _: chrono::NaiveDate) -> Result<Self, String> {
            Ok(Self)
        }
    }
}
