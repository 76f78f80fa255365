//! A member's own record, as she sees and keeps it herself.
//!
//! | file | for |
//! | --- | --- |
//! | [`card`] | her card, masked where the session may not show it |
//! | [`consents`] | newsletter and text messages |
//! | [`undo`] | taking back what she changed herself |
//! | [`representatives`] | who represents her, in the order in which to ask them |
//! | [`follow_ups`] | what she is asked, and her answer |
//! | [`export`] | all of it, for her to take along |

pub mod card;
pub mod consents;
pub mod export;
pub mod follow_ups;
pub mod representatives;
pub mod undo;
