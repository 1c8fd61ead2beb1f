//! What a guest sees, told by a guest that was written for these tests.

mod guest;
mod over_a_socket;
mod presence;
mod robustness;
mod transfers;
