//! Every scenario on the simulated stick in this process, under virtual time: a named test each.

use hw_tests::InProcess;
use hw_tests::scenarios;
use libtest_mimic::{Arguments, Trial};

fn main() {
    let trials = scenarios::all().into_iter().map(|scenario| {
        Trial::test(format!("{}::{}", scenario.area, scenario.name), move || {
            (scenario.run)(&InProcess::new());
            Ok(())
        })
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit();
}
