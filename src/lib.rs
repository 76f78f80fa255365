//! Matrikel.
pub mod access;
pub mod backup;
pub mod config;
pub mod database;
pub mod demo;
pub mod lookup;
pub mod members;
pub mod state;
pub mod web;
