//! Employers, workplaces, local branches and schools by the names that files use. A name that the register does not have
//! becomes a new unit when the import is applied.

use std::collections::HashMap;

use entity::history::{Change, Subject};
use entity::{employer, local_branch, school, workplace};
use jobs::history::Entry;
use jobs::{Clock, Result, Write};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::json;
use uuid::Uuid;

/// The units of the register and those to be made, by name.
#[derive(Clone, Debug, Default)]
pub struct Units {
    employers: HashMap<String, Uuid>,
    workplaces: HashMap<(Option<Uuid>, String), Uuid>,
    workplaces_named: HashMap<String, Vec<Uuid>>,
    local_branches: HashMap<String, Uuid>,
    schools: HashMap<String, Uuid>,
    new: New,
}

/// The units to be made.
#[derive(Clone, Debug, Default)]
struct New {
    employers: Vec<employer::Model>,
    workplaces: Vec<workplace::Model>,
    local_branches: Vec<local_branch::Model>,
    schools: Vec<school::Model>,
}

impl Units {
    /// The units that the register has.
    pub async fn load(database: &impl ConnectionTrait) -> Result<Self> {
        let mut units = Self::default();
        for row in employer::Entity::find().all(database).await? {
            units.employers.insert(row.name, row.id);
        }
        for row in workplace::Entity::find().all(database).await? {
            units.workplaces_named.entry(row.name.clone()).or_default().push(row.id);
            units.workplaces.insert((row.employer_id, row.name), row.id);
        }
        for row in local_branch::Entity::find().all(database).await? {
            units.local_branches.insert(row.name, row.id);
        }
        for row in school::Entity::find().all(database).await? {
            units.schools.insert(row.name, row.id);
        }
        Ok(units)
    }

    /// The only workplace of this name, under whichever employer; else the one without an employer, else a new one.
    pub fn workplace_named(&mut self, clock: &Clock, name: &str) -> Uuid {
        match self.workplaces_named(name) {
            [only] => *only,
            _ => self.workplace(clock, None, name),
        }
    }

    /// The workplace of this name under this employer, or without one, else a new one.
    pub fn workplace(&mut self, clock: &Clock, employer: Option<&str>, name: &str) -> Uuid {
        let employer_id = employer.map(|name| self.employer(clock, name));
        if let Some(id) = self.workplaces.get(&(employer_id, name.to_owned())) {
            return *id;
        }
        let row = workplace::Model { id: clock.new_id(), employer_id, parent_id: None, name: name.to_owned(), version: 1 };
        let id = row.id;
        self.workplaces_named.entry(row.name.clone()).or_default().push(id);
        self.workplaces.insert((employer_id, row.name.clone()), id);
        self.new.workplaces.push(row);
        id
    }

    fn employer(&mut self, clock: &Clock, name: &str) -> Uuid {
        *self.employers.entry(name.to_owned()).or_insert_with(|| {
            let row = employer::Model { id: clock.new_id(), name: name.to_owned(), version: 1 };
            let id = row.id;
            self.new.employers.push(row);
            id
        })
    }

    /// The local branch of this name, else a new one.
    pub fn local_branch(&mut self, clock: &Clock, name: &str) -> Uuid {
        *self.local_branches.entry(name.to_owned()).or_insert_with(|| {
            let row = local_branch::Model { id: clock.new_id(), parent_id: None, name: name.to_owned(), version: 1 };
            let id = row.id;
            self.new.local_branches.push(row);
            id
        })
    }

    /// The school of this name, else a new one.
    pub fn school(&mut self, clock: &Clock, name: &str) -> Uuid {
        *self.schools.entry(name.to_owned()).or_insert_with(|| {
            let row = school::Model { id: clock.new_id(), name: name.to_owned(), version: 1 };
            let id = row.id;
            self.new.schools.push(row);
            id
        })
    }

    /// The workplaces of this name, under whichever employer.
    pub fn workplaces_named(&self, name: &str) -> &[Uuid] {
        self.workplaces_named.get(name).map_or(&[], Vec::as_slice)
    }

    /// The local branch of this name, if the register has it.
    pub fn known_local_branch(&self, name: &str) -> Option<Uuid> {
        self.local_branches.get(name).copied()
    }

    /// The school of this name, if the register has it.
    pub fn known_school(&self, name: &str) -> Option<Uuid> {
        self.schools.get(name).copied()
    }

    /// How many are to be made.
    pub fn new_count(&self) -> usize {
        self.new.employers.len() + self.new.workplaces.len() + self.new.local_branches.len() + self.new.schools.len()
    }

    /// Makes the new ones.
    pub async fn write_new(&self, write: &Write, import: Uuid) -> Result<()> {
        let New { employers, workplaces, local_branches, schools } = self.new.clone();
        let made = employers
            .iter()
            .map(|row| (Subject::Employer, row.id))
            .chain(workplaces.iter().map(|row| (Subject::Workplace, row.id)))
            .chain(local_branches.iter().map(|row| (Subject::LocalBranch, row.id)))
            .chain(schools.iter().map(|row| (Subject::School, row.id)));
        for (subject, subject_id) in made {
            let changes = Some(json!({"import": import}));
            write.note(Entry { subject, subject_id, member_id: None, change: Change::Imported, changes });
        }
        write.insert_all::<employer::Entity>(employers).await?;
        write.insert_all::<workplace::Entity>(workplaces).await?;
        write.insert_all::<local_branch::Entity>(local_branches).await?;
        write.insert_all::<school::Entity>(schools).await
    }
}

/// The names of local branches and schools by id, for exports.
#[derive(Clone, Debug, Default)]
pub struct UnitNames {
    local_branches: HashMap<Uuid, String>,
    schools: HashMap<Uuid, String>,
}

impl UnitNames {
    /// All names in the register.
    pub async fn load(database: &impl ConnectionTrait) -> Result<Self> {
        let local_branches = local_branch::Entity::find().all(database).await?;
        let schools = school::Entity::find().all(database).await?;
        Ok(Self {
            local_branches: local_branches.into_iter().map(|row| (row.id, row.name)).collect(),
            schools: schools.into_iter().map(|row| (row.id, row.name)).collect(),
        })
    }

    /// The name of a local branch.
    pub fn local_branch(&self, id: Option<Uuid>) -> Option<String> {
        self.local_branches.get(&id?).cloned()
    }

    /// The name of a school.
    pub fn school(&self, id: Option<Uuid>) -> Option<String> {
        self.schools.get(&id?).cloned()
    }
}
