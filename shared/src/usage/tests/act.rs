//! Acts of a history.

use proptest::prelude::*;

use super::rig::{Answer, Reply, Standing};

/// An act.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// A hire. Its first day is this number of days from now.
    Hire {
        trainer: usize,
        job: usize,
        start: i64,
    },
    /// OpenTrain states another first day.
    Restate {
        contract: usize,
        start: i64,
    },
    /// An end. Its last day, if stated, is this number of days from now. It may arrive late.
    End {
        contract: usize,
        last: Option<i64>,
        late: bool,
    },
    /// Late ends arrive.
    Arrive,
    /// The work of a day is set to this.
    Work {
        trainer: usize,
        project: usize,
        ago: i64,
        amount: i64,
    },
    /// The work of today and of the two days before is set to this. Earlier days may be closed.
    Week {
        trainer: usize,
        project: usize,
        amount: i64,
    },
    /// The tool shows no work of a project for a number of days, with two reports on each, and then all of it again.
    Vanish {
        project: usize,
        days: u64,
    },
    /// OpenTrain states the end of a contract that is over again, with another last day.
    Correct {
        contract: usize,
        last: i64,
    },
    /// A day's work is deleted.
    Delete {
        trainer: usize,
        project: usize,
        ago: i64,
    },
    /// A report, with the answers of the tool and of OpenTrain; the process may be killed after this number of writes.
    Run {
        answers: Vec<Answer>,
        replies: Vec<Reply>,
        dies: Option<u32>,
    },
    Minutes(u64),
    Days(u64),
    /// The clock is set back.
    Back(u64),
    /// A report while the clock is this number of days ahead.
    Ahead(u64),
    /// A report while the clock is this number of days behind.
    Behind(u64),
    /// Reports on a number of days on which the tool states that it keeps no totals.
    Mute(u64),
    /// Two reports of a part of the work, with a while in between; the tool's answers may be wrong and empty.
    Part {
        part: Part,
        is_empty: bool,
    },
    /// A contract is also reported through the other connection: its link was created again there.
    Move {
        contract: usize,
    },
    /// A connection is active, its install is revoked, or it is not set up here.
    Connect {
        connection: usize,
        standing: Standing,
    },
}

/// Days that a report covers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Trainer(usize),
    Contract(usize),
    Connection(usize),
    /// The day, counted back from today.
    Day(i64),
}

/// Acts on a tool that measures activity, after the work was done. None of them changes the work.
pub(super) fn after_work() -> impl Strategy<Value = Act> {
    let answer = prop_oneof![4 => Just(Answer::Whole), 1 => Just(Answer::Down)];
    let reply =
        prop_oneof![4 => Just(Reply::Accept), 1 => Just(Reply::Down), 1 => Just(Reply::Conflict)];
    let answers = prop::collection::vec(answer, 0..5);
    let replies = prop::collection::vec(reply, 0..5);
    let job = prop_oneof![Just(0usize), Just(2)];
    prop_oneof![
        6 => (answers, replies).prop_map(|(answers, replies)| Act::Run { answers, replies, dies: None }),
        3 => (index(), -5..=0i64).prop_map(|(contract, last)| Act::Correct { contract, last }),
        2 => (index(), prop::option::of(-5..=0i64))
            .prop_map(|(contract, last)| Act::End { contract, last, late: false }),
        1 => (job, -5..=0i64).prop_map(|(job, start)| Act::Hire { trainer: 0, job, start }),
        2 => (10..25u64).prop_map(Act::Minutes),
        1 => (1..3u64).prop_map(Act::Days),
    ]
}

fn index() -> std::ops::Range<usize> {
    0..20
}

pub(super) fn act() -> impl Strategy<Value = Act> {
    let answer = prop_oneof![
        6 => Just(Answer::Whole),
        1 => Just(Answer::Down),
        1 => Just(Answer::Empty),
        1 => Just(Answer::Odd),
        1 => Just(Answer::OlderDown),
    ];
    let reply = prop_oneof![
        6 => Just(Reply::Accept),
        1 => Just(Reply::Down),
        1 => Just(Reply::Lost),
        1 => Just(Reply::RefuseFirstDay),
        1 => Just(Reply::Unknown),
        1 => Just(Reply::Conflict),
        1 => Just(Reply::TimedOut),
    ];
    let part = prop_oneof![
        (0..2usize).prop_map(Part::Trainer),
        index().prop_map(Part::Contract),
        (0..2usize).prop_map(Part::Connection),
        (0..4i64).prop_map(Part::Day),
    ];
    let standing = prop_oneof![
        Just(Standing::Lives),
        Just(Standing::Revoked),
        Just(Standing::Unserved),
    ];
    let ahead = prop_oneof![Just(2u64), Just(4), Just(10), Just(40), Just(1_000)];
    let behind = prop_oneof![Just(1u64), Just(3), Just(10), Just(20_000)];
    let answers = prop::collection::vec(answer, 0..5);
    let replies = prop::collection::vec(reply, 0..5);
    prop_oneof![
        3 => (0..2usize, 0..3usize, -6..=1i64).prop_map(|(trainer, job, start)| Act::Hire { trainer, job, start }),
        1 => (index(), -6..=1i64).prop_map(|(contract, start)| Act::Restate { contract, start }),
        2 => (index(), prop::option::of(-5..=1i64), any::<bool>())
            .prop_map(|(contract, last, late)| Act::End { contract, last, late }),
        1 => Just(Act::Arrive),
        6 => (0..2usize, 0..3usize, 0..=2i64, 0..5_000i64)
            .prop_map(|(trainer, project, ago, amount)| Act::Work { trainer, project, ago, amount }),
        1 => (0..2usize, 0..3usize, 0..=2i64)
            .prop_map(|(trainer, project, ago)| Act::Delete { trainer, project, ago }),
        6 => (answers, replies, prop::option::weighted(0.15, 0..6u32))
            .prop_map(|(answers, replies, dies)| Act::Run { answers, replies, dies }),
        2 => (1..25u64).prop_map(Act::Minutes),
        2 => (1..5u64).prop_map(Act::Days),
        1 => (1..60u64).prop_map(Act::Back),
        1 => ahead.prop_map(Act::Ahead),
        1 => behind.prop_map(Act::Behind),
        2 => (0..2usize, 0..3usize, 0..5_000i64)
            .prop_map(|(trainer, project, amount)| Act::Week { trainer, project, amount }),
        1 => (0..3usize, 1..6u64).prop_map(|(project, days)| Act::Vanish { project, days }),
        1 => (1..7u64).prop_map(Act::Mute),
        2 => (part, any::<bool>()).prop_map(|(part, is_empty)| Act::Part { part, is_empty }),
        1 => index().prop_map(|contract| Act::Move { contract }),
        1 => (0..2usize, standing).prop_map(|(connection, standing)| Act::Connect { connection, standing }),
    ]
}
