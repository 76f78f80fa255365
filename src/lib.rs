//! Matrikel.
pub mod access;
pub mod config;
pub mod database;
pub mod members;
pub mod state;
pub mod web;
